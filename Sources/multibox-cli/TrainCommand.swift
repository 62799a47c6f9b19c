import ArgumentParser
import CommandLineOptions

/// `multibox train`: checked here, done by `multibox-torch`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a detector on labelled images.")

  @OptionGroup var options: TrainOptions

  func run() throws { try TorchExecutable.replaceProcess() }
}
