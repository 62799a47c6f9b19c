import ArgumentParser
import CommandLineOptions
import ModelFiles
import SSDModels
import SSDTraining

/// `multibox import`.
struct ImportRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Bring weights that others trained under this project's names."
  )

  @OptionGroup var options: ImportOptions

  func run() throws {
    let weights = try PretrainedWeights(contentsOf: options.weights)
    let model = ModelName(options.model)
    try weights.checkFits(model)
    let specification = model.defaultSpecification(imageSide: model.imageSide(requested: 320))
    let classCount = weights.classCount(specification) ?? 1
    let network = try model.make(
      classCount: classCount, specification: specification,
      imageSide: model.imageSide(requested: 320), seed: 0)
    let names = (1...classCount).map { "\($0)" }
    let report = try weights.load(into: network.store, classNames: names)
    try weights.write(report.loaded, to: options.output)
    print("\(options.weights): \(weights.layout.rawValue), \(report.summary)")
    for (title, names) in [
      ("missing", report.missing), ("of another shape", report.reshaped), ("left", report.left),
    ] where !names.isEmpty {
      let shown = names.prefix(8).joined(separator: ", ")
      print("  \(title): \(shown)" + (names.count > 8 ? " and \(names.count - 8) more" : ""))
    }
    print(options.output)
  }
}

extension PretrainedWeights {
  /// - Throws: `FileError` where the weights are of a network that the model does not hold.
  func checkFits(_ model: ModelName) throws {
    guard layout.fits(model) else {
      throw FileError(
        path: path, reason: "weights of \(layout.rawValue) do not fit \(model.rawValue)")
    }
  }
}

/// `multibox export`.
struct ExportRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained network for other systems.")

  @OptionGroup var options: ExportOptions

  func run() throws {
    let folder = RunFolder(path: options.run)
    let configuration = try folder.configuration()
    switch options.format {
    case .onnx: print(try folder.exportONNX(to: options.output, decodes: options.decode))
    case .torchvision:
      let network = try configuration.detector.makeNetwork()
      try network.store.load(from: folder.weightsPath)
      let path = options.output ?? "\(folder.path)/torchvision.safetensors"
      guard configuration.model.hasTorchvisionsNames else {
        throw RunError.invalid(
          path: folder.configurationPath,
          reason: "torchvision has no \(configuration.model.rawValue)")
      }
      try Safetensors(arrays: network.store.torchvisionState()).write(to: path)
      print(path)
    }
  }
}
