import Commands
import Dispatch
import Files
import Foundation
import Runs

/// The other processes of `--processes`, which this one has started and ends.
final class StartedProcesses: @unchecked Sendable {
  // Unchecked: what changes is behind the lock.

  private let lock = NSLock()
  private var processes: [Process] = []
  /// The training is over, or has failed: how the others end says nothing new.
  private var isEnding = false
  /// What they write on standard error is read to its end.
  private let readers = DispatchGroup()

  /// Microseconds after which it is asked again whether a process has ended.
  private static let pause: UInt32 = 50_000

  /// Seconds in which this process learns by itself that another has ended, and says it better.
  private static let grace: UInt32 = 5

  /// Starts the processes behind the first one, which is this.
  ///
  /// - Parameters:
  ///   - count: the number of processes, with this one.
  ///   - path: of the file where they find each other.
  /// - Throws: what the system says where it starts no process.
  init(count: Int, storePath path: String) throws {
    // Nobody on the network needs to reach what one machine says to itself.
    setenv("GLOO_SOCKET_IFNAME", Self.loopback, 0)
    do {
      for rank in 1..<count {
        try start(ProcessPlacement(rank: rank, of: count, storePath: path))
      }
    } catch {
      end(within: 0)
      throw error
    }
  }

  #if canImport(Darwin)
    private static let loopback = "lo0"
  #else
    private static let loopback = "lo"
  #endif

  private func start(_ placement: ProcessPlacement) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: OwnExecutable.path)
    process.arguments = Self.arguments(CommandLine.arguments)
    process.environment = ProcessInfo.processInfo.environment.merging(placement.environment) { $1 }
    // Its end tells that this process has ended, however that came.
    process.standardInput = Pipe()
    process.standardOutput = FileHandle.nullDevice
    let messages = Pipe()
    process.standardError = messages
    try process.run()
    lock.withLock { processes.append(process) }
    let reading = messages.fileHandleForReading
    try inBackground(placement.rank) { [readers] in
      readers.enter()
      Self.forward(reading, prefix: "rank \(placement.rank): ")
      readers.leave()
    }
    // Something else may hold its standard error open.
    try inBackground(placement.rank) { [weak self] in
      // Not waitUntilExit: in another thread than the one that has started the process it turns an
      // empty run loop, which takes a core from the training.
      while process.isRunning { usleep(Self.pause) }
      self?.hasEnded(process, rank: placement.rank)
    }
  }

  /// Does what goes on as long as a process. Dispatch would wait for ever for a thread that the
  /// system refuses.
  private func inBackground(_ rank: Int, _ body: @escaping @Sendable () -> Void) throws {
    guard let thread = SystemThread.start(name: "rank \(rank)", body) else {
      throw FileError(
        path: OwnExecutable.path, reason: "the system refuses the threads that hear rank \(rank)")
    }
    thread.detach()
  }

  /// The arguments of this process without the number of processes.
  private static func arguments(_ all: [String]) -> [String] {
    let option = "--processes"
    return all.indices.dropFirst().compactMap { index in
      all[index] == option || all[index - 1] == option || all[index].hasPrefix("\(option)=")
        ? nil : all[index]
    }
  }

  /// Writes what comes as lines of standard error.
  private static func forward(_ handle: FileHandle, prefix: String) {
    var rest = Data()
    func write(_ line: Data) {
      StandardError.write(prefix + String(decoding: line, as: UTF8.self))
    }
    while case let data = handle.availableData, !data.isEmpty {
      rest += data
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        write(rest[..<end])
        rest = rest[(end + 1)...]
      }
    }
    if !rest.isEmpty { write(rest) }
  }

  /// Ends this process where another has failed and this one does not notice, as while it reads
  /// images or waits for that one to come.
  private func hasEnded(_ process: Process, rank: Int) {
    let status = process.terminationStatus
    let isKilled = process.terminationReason == .uncaughtSignal
    // 128 and more is a stop that was asked for.
    guard isKilled || (1...128).contains(status) else { return }
    sleep(Self.grace)
    guard !lock.withLock({ isEnding }) else { return }
    let how = isKilled ? "was ended by signal \(status)" : "has ended with status \(status)"
    StandardError.write("multibox: rank \(rank) \(how), so the training ends")
    end(within: 0)
    UnfinishedFiles.removeAll()
    _exit(EXIT_FAILURE)
  }

  /// Waits until the others have ended, and kills those that do not.
  ///
  /// - Parameter seconds: until they are killed.
  func end(within seconds: Double) {
    let started = lock.withLock {
      isEnding = true
      return processes
    }
    func wait(_ seconds: Double) {
      let limit = Date(timeIntervalSinceNow: seconds)
      while Date() < limit, started.contains(where: \.isRunning) { usleep(10_000) }
    }
    wait(seconds)
    for process in started where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    wait(1)
    // One that a process of it holds open would never end.
    _ = readers.wait(timeout: .now() + 2)
  }
}
