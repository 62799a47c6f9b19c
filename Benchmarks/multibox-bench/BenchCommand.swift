import ArgumentParser

/// The Swift side of the benchmark; `Scripts/bench/run` starts it and the peer, in turn.
@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox-bench",
    abstract: "Computes one part of the benchmark, a round for each line on standard input.",
    subcommands: [
      LossBenchCommand.self, PostprocessBenchCommand.self, AveragePrecisionBenchCommand.self,
      COCOFilesBenchCommand.self, YOLOFilesBenchCommand.self, ReadingBenchCommand.self,
      GrowthBenchCommand.self,
    ])
}
