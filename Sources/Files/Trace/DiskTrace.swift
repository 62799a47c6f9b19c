import Synchronization

/// All that was looked at on the disk while something was read from it, as it was before that: what
/// was read is still right where all of it is as it was.
///
/// Whatever opens, lists or asks for a file or folder in this package tells it the trace that is
/// ``current``. A trace says more than what a result depends on, never less.
package final class DiskTrace: Sendable {
  /// Takes what the functions that run in it look at; other threads must be given it anew.
  @TaskLocal package static var current: DiskTrace?

  /// A path by its bytes: Swift takes two Unicode forms for one text, to the system they are two.
  private struct Path: Hashable {
    let text: String

    static func == (a: Path, b: Path) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
      if text.utf8.withContiguousStorageIfAvailable({
        hasher.combine(bytes: UnsafeRawBufferPointer($0))
      }) == nil {
        for byte in text.utf8 { hasher.combine(byte) }
      }
    }
  }

  private struct State {
    var stamps: [Path: UInt64] = [:]
    var isTrusted = true
  }

  private let state = Mutex(State())
  private let trustedAge: Int

  /// Creates a trace of nothing.
  ///
  /// - Parameter trustedAge: of a file or folder that was changed so shortly before it was looked
  ///   at, a change at the same time by the file system's clock would not be seen.
  package init(trustedAge: Duration) {
    let (seconds, attoseconds) = trustedAge.components
    self.trustedAge = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
  }

  /// Runs a function whose looks this trace takes.
  package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$current.withValue(self) { try body() }
  }

  /// Says that the caller is about to look at a path, or did so just now through what it has open.
  package static func note(_ path: String) { current?.note(path) }

  /// Says that the system did not give what is there: it may the next time, with all as it is.
  package static func noteFailure() { current?.distrust() }

  private func distrust() {
    state.withLock {
      $0.isTrusted = false
      $0.stamps = [:]
    }
  }

  private func note(_ path: String) {
    let key = Path(text: path)
    guard state.withLock({ $0.isTrusted && $0.stamps[key] == nil }) else { return }
    // To the system a path ends there.
    let isWhole = !path.utf8.contains(0)
    // An empty one is the working folder to whoever lists it.
    let stamp = DiskStamp(path.isEmpty ? "." : path)
    // A clock that is wrong, as of another machine, gives times to come: not trusted either.
    let isOld = stamp.changed <= DiskStamp.now - trustedAge || stamp.digest == 0
    guard isWhole, stamp.isOrdinary, isOld else { return distrust() }
    state.withLock {
      if $0.isTrusted, $0.stamps[key] == nil { $0.stamps[key] = stamp.digest }
    }
  }

  /// What was looked at so far; nil where something of it cannot be trusted to be seen to change.
  package var record: DiskRecord? {
    let stamps = state.withLock { $0.isTrusted ? $0.stamps : nil }
    return stamps.map { DiskRecord($0.lazy.map { ($0.key.text, $0.value) }) }
  }

  /// The paths that were looked at so far, sorted.
  package var paths: [String] { state.withLock { $0.stamps.keys.map(\.text).sorted() } }
}
