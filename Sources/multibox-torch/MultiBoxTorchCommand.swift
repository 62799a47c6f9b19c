import ArgumentParser
import Commands
import Torch

/// The subcommands that compute with LibTorch; `multibox` starts this executable for them.
@main
struct MultiBoxTorchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox",
    abstract: "The subcommands of multibox that need LibTorch.", version: ProgramVersion.text,
    subcommands: [
      TrainCommand<TorchEngine>.self, EvaluateCommand<TorchEngine>.self,
      DetectCommand<TorchEngine>.self, ExplainCommand<TorchEngine>.self,
      ImportCommand<TorchEngine>.self, ExportCommand<TorchEngine>.self,
    ])

  static func main() {
    CommandShell.main(Self.self) { [ProgramVersion.Part("LibTorch", TorchRuntime.version)] }
  }
}
