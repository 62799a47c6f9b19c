import ArgumentParser
import CommandLineOptions

/// `multibox detect`: checked here, done by `multibox-torch`.
struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Find objects in images.")

  @OptionGroup var options: DetectOptions

  func run() throws { try TorchExecutable.replaceProcess() }
}
