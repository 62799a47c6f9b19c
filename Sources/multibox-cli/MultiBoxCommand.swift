import ArgumentParser
import CommandLineOptions

/// The command line of MultiBox.
@main
struct MultiBoxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox",
    abstract: "SSD object detection: from labelled images to a measured, explained detector.",
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, DetectCommand.self, LossCommand.self,
      ExplainCommand.self, DatasetCommand.self, DefaultBoxesCommand.self,
      ImportCommand.self, ExportCommand.self, DescribeCommand.self,
    ])

  static func main() { CommandShell.main(Self.self) }
}
