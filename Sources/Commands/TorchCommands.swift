import ArgumentParser

/// `multibox train`.
public struct TrainCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "train", abstract: "Train a detector on labelled images.")
  }

  @OptionGroup var options: TrainOptions

  public init() {}

  public func run() throws { try Engine.train(options) }
}

/// `multibox import`.
public struct ImportCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "import",
      abstract: "Bring weights that others trained under this project's names.",
      discussion: """
        Known are torchvision's ssd300_vgg16 and ssdlite320_mobilenet_v3_large, the SSD300 of
        ssd.pytorch, and torchvision's ImageNet classifiers mobilenet_v2 and vgg16 as backbones.
        """)
  }

  @OptionGroup var options: ImportOptions

  public init() {}

  public func run() throws { try Engine.importWeights(options) }
}

/// `multibox export`.
public struct ExportCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "export", abstract: "Write a trained network for other systems.")
  }

  @OptionGroup var options: ExportOptions

  public init() {}

  public func run() throws { try Engine.export(options) }
}
