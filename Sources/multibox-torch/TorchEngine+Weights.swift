import Commands
import Files
import Logging
import ModelFiles
import MultiBox
import Runs
import SSDModels
import SSDTraining
import Torch

extension TorchEngine {
  static func importWeights(_ options: ImportOptions) throws {
    try OutputPath.check(options.output, isNoneOf: [options.weights])
    try OutputPath.check(
      options.output, isNewOr: "weights of import", PretrainedWeights.isOwnFile)
    try RunFolder.checkIsOfNone(options.output)
    let weights = try PretrainedWeights(contentsOf: options.weights)
    let preset = options.model
    try weights.checkFits(preset)
    // One thread is soon done with it, and the only one where no other can be had.
    try TorchRuntime.setThreadCount(1)
    let network = TrainingConfiguration.Network(preset)
    func make(classCount: Int) throws -> any SSDNetwork {
      try preset.makeNetwork(
        classCount: classCount, specification: network.defaultBoxes, imageSide: network.imageSide,
        seed: 0)
    }
    let smallest = try make(classCount: 1)
    let hasWeights = weights.hasClassWeights(of: smallest.store)
    let classCount = hasWeights ? weights.classCount(network.defaultBoxes) ?? 1 : 1
    let made = classCount == 1 ? smallest : try make(classCount: classCount)
    let names = ClassNames((1...classCount).map { "\($0)" })
    let report = try weights.load(into: made.store, classNames: names)
    let all = report.loaded.count + report.reshaped.count + report.left.count
    guard options.partial || report.loaded.count * 2 >= all else {
      throw FileError(
        path: options.weights,
        reason: "\(report.loaded.count) of \(all) arrays fit \(preset.name)"
          + " (\(weights.layout.rawValue)): expected at least half; --partial takes what fits")
    }
    try weights.write(report.loaded, to: options.output)
    try StandardOutput.write(
      "\(options.weights.shown): \(weights.layout.rawValue), \(report.summary)")
    for (title, names) in [
      ("missing", report.missing), ("of another shape", report.reshaped), ("left", report.left),
    ] where !names.isEmpty {
      let shown = names.prefix(8).joined(separator: ", ").shown
      try StandardOutput.write(
        "  \(title): \(shown)" + (names.count > 8 ? " and \(names.count - 8) more" : ""))
    }
    try StandardOutput.write(options.output)
    NextStep.tell(
      wrote: [options.output],
      next: [
        "multibox", "train", "--data", "my-images", "--model", preset.name, "--pretrained",
        options.output,
      ])
  }

  static func export(_ options: ExportOptions) throws {
    let commandName = "export"
    let folder = RunFolder(path: options.run)
    if let output = options.output {
      try OutputPath.check(output, isNoneOf: folder.ownPaths)
      switch options.format {
      case .onnx:
        try OutputPath.check(output, isNewOr: "an ONNX file of MultiBox", ONNXModel.isOwnFile)
      case .torchvision:
        try OutputPath.check(output, isNewOr: "weights of export") {
          Safetensors.isFile($0, madeBy: commandName)
        }
      }
      let own = [folder.detectorPath, folder.decodedDetectorPath].compactMap(FileIdentity.init)
      if FileIdentity(output).map({ !own.contains($0) }) ?? false {
        try RunFolder.checkIsOfNone(output)
      }
    }
    switch options.format {
    case .onnx:
      let suppression = try folder.configuration().suppression
      if options.decode, suppression.gaussianSigma != nil {
        Logger(label: "multibox.export").notice(
          "ONNX has no soft suppression: the file takes away boxes above IoU \(suppression.iouThreshold)"
        )
      }
      let path = try folder.exportONNX(to: options.output, decodes: options.decode)
      try StandardOutput.write(path)
      NextStep.tell(
        wrote: [path],
        next: ["multibox", "detect", "--model", path, "photo.jpg", "--output", "found"])
    case .torchvision:
      let configuration = try folder.configuration()
      guard configuration.network.preset?.hasTorchvisionNames == true else {
        throw FileError(
          path: folder.configurationPath,
          reason: "torchvision has no \(configuration.network.name)")
      }
      let network = try configuration.makeNetwork()
      try network.store.load(detectionWeightsOf: folder)
      let path = options.output ?? "\(folder.path)/torchvision.safetensors"
      try Safetensors(arrays: network.store.torchvisionState(), madeBy: commandName)
        .write(to: path)
      try StandardOutput.write(path)
      NextStep.tell(
        wrote: [path],
        next: [
          "python3", "-c",
          "from safetensors.torch import load_file; print(load_file(\"\(path)\").keys())",
        ])
    }
  }
}

extension PretrainedWeights {
  /// - Throws: `FileError` where the weights are of a network that the model does not hold.
  func checkFits(_ network: NetworkPreset) throws {
    guard layout.fits(network) else {
      throw FileError(
        path: path, reason: "weights of \(layout.rawValue) do not fit \(network.name)")
    }
  }
}
