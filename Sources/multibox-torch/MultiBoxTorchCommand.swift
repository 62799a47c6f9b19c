import ArgumentParser
import CommandLineOptions

/// The subcommands that compute with LibTorch; `multibox` starts this executable for them.
@main
struct MultiBoxTorchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox",
    abstract: "The subcommands of multibox that need LibTorch.",
    subcommands: [
      TrainRunCommand.self, EvaluateRunCommand.self, DetectRunCommand.self, ExplainRunCommand.self,
      ImportRunCommand.self, ExportRunCommand.self,
    ])

  static func main() { CommandShell.main(Self.self) }
}
