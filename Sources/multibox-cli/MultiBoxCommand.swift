import ArgumentParser
import Commands

/// The command line of MultiBox.
@main
struct MultiBoxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox",
    abstract: "SSD object detection: from labelled images to a measured, explained detector.",
    version: ProgramVersion.text,
    subcommands: [
      TrainCommand<RuntimeEngine>.self, EvaluateCommand<RuntimeEngine>.self,
      DetectCommand<RuntimeEngine>.self, LossCommand.self, ExplainCommand<RuntimeEngine>.self,
      DatasetCommand.self, DefaultBoxesCommand.self, ImportCommand<RuntimeEngine>.self,
      ExportCommand<RuntimeEngine>.self, DescribeCommand.self, ServeCommand<RuntimeEngine>.self,
    ])

  static func main() { CommandShell.main(Self.self) { EngineVersions.parts() } }
}
