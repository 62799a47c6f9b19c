import ArgumentParser

/// The Swift side of the benchmark; `Scripts/bench/run` starts it and the peer, in turn.
@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox-bench",
    abstract: "Computes one part of the benchmark, a round for each line on standard input.",
    subcommands: [
      LossBenchCommand.self, PostprocessBenchCommand.self, AveragePrecisionBenchCommand.self,
    ])
}

/// What every part is told.
struct PartOptions: ParsableArguments {
  @Option(help: "Where the inputs are written for the peer, and the results to compare.")
  var folder: String

  @Option(help: "Threads to use.")
  var threads = 2

  @Option(help: "The inputs are drawn from it.")
  var seed: UInt64 = 1

  func validate() throws {
    guard threads > 0 else {
      throw ValidationError("--threads: expected 1 or more, found \(threads)")
    }
  }
}
