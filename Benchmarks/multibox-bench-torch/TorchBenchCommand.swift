import ArgumentParser

/// The parts of the benchmark that need LibTorch.
@main
struct TorchBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox-bench-torch",
    abstract: "Computes one part of the benchmark, a round for each line on standard input.",
    subcommands: [
      TrainBenchCommand.self, ExportBenchCommand.self, CollectivesBenchCommand.self,
    ])
}
