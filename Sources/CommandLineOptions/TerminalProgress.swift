import Foundation

/// Progress on standard error: one line that is redrawn on a terminal, a line now and then
/// elsewhere.
public final class TerminalProgress {
  private let start = Date()
  private var lastShown = Date.distantPast
  private var isLineOpen = false
  /// Work done before this process started, as after resuming.
  private let done: Int

  /// - Parameter done: steps that were done before.
  public init(startingAt done: Int = 0) {
    self.done = done
  }

  /// Shows where the work stands.
  ///
  /// - Parameters:
  ///   - step: steps done.
  ///   - total: all steps.
  ///   - text: figures to show between bar and time left.
  public func show(step: Int, of total: Int, _ text: String) {
    let now = Date()
    let interval = StandardError.isTerminal ? 0.1 : 10
    guard now.timeIntervalSince(lastShown) >= interval || step >= total else { return }
    lastShown = now
    let elapsed = now.timeIntervalSince(start)
    let fraction = total > 0 ? Double(step) / Double(total) : 1
    let left = step > done ? elapsed / Double(step - done) * Double(total - step) : 0
    let filled = Int(fraction * 20)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    let line = "\(bar) \(step)/\(total) \(text) \(Self.time(left)) left"
    if StandardError.isTerminal {
      StandardError.writeRaw("\r\u{1B}[K" + line)
      isLineOpen = true
    } else {
      StandardError.write(line)
    }
  }

  /// Writes a line of its own; the bar goes on below it.
  public func note(_ line: String) {
    finish()
    StandardError.write(line)
  }

  /// Ends the redrawn line.
  public func finish() {
    if isLineOpen { StandardError.writeRaw("\n") }
    isLineOpen = false
  }

  /// `12 s`, `3:05` or `1:02:03`.
  public static func time(_ seconds: Double) -> String {
    let whole = Int(max(seconds, 0).rounded())
    if whole < 60 { return "\(whole) s" }
    let minutes = String(format: "%02d:%02d", whole / 60 % 60, whole % 60)
    return whole < 3600
      ? String(minutes.trimmingPrefix("0")) : "\(whole / 3600):\(minutes)"
  }
}
