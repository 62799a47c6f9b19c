import ArgumentParser
import CommandLineOptions

/// `multibox import`: checked here, done by `multibox-torch`.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Bring weights that others trained under this project's names.",
    discussion: """
      Known are torchvision's ssd300_vgg16 and ssdlite320_mobilenet_v3_large, the SSD300 of
      ssd.pytorch, and torchvision's ImageNet classifiers mobilenet_v2 and vgg16 as backbones.
      """)

  @OptionGroup var options: ImportOptions

  func run() throws { try TorchExecutable.replaceProcess() }
}

/// `multibox export`: checked here, done by `multibox-torch`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained network for other systems.")

  @OptionGroup var options: ExportOptions

  func run() throws { try TorchExecutable.replaceProcess() }
}
