import ArgumentParser
import Commands
import Detectors
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
    try OutputPath.check(
      options.output,
      isNoneOf: [options.weights, options.classes, options.defaultBoxes].compactMap { $0 })
    if options.onnx {
      try OutputPath.check(options.output, isNewOr: "an ONNX file of MultiBox", ONNXModel.isOwnFile)
    } else {
      try OutputPath.check(
        options.output, isNewOr: "weights of import", PretrainedWeights.isOwnFile)
    }
    try RunFolder.checkIsOfNone(options.output)
    let weights = try PretrainedWeights(contentsOf: options.weights)
    let preset = try weights.preset(for: options.model)
    try useOneThread()
    if options.onnx {
      try importDetector(weights, of: preset, options)
    } else {
      try importNames(weights, of: preset, options)
    }
  }

  /// One thread is soon done with weights alone, and the only one where no other can be had.
  private static func useOneThread() throws(TorchError) { try TorchRuntime.setThreadCount(1) }

  private static func importNames(
    _ weights: PretrainedWeights, of preset: NetworkPreset, _ options: ImportOptions
  ) throws {
    let network = TrainingConfiguration.Network(preset)
    let classCount = try Self.classCount(of: weights, network) ?? 1
    let made = try makeNetwork(network, preset, classCount: classCount)
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
    try tell(report, of: weights, classCount: classCount)
    try StandardOutput.write(options.output)
    NextStep.tell(
      wrote: [options.output],
      next: [
        "multibox", "train", "--data", "my-images", "--model", preset.name, "--pretrained",
        options.output,
      ])
  }

  /// Writes a whole detector.
  private static func importDetector(
    _ weights: PretrainedWeights, of preset: NetworkPreset, _ options: ImportOptions
  ) throws {
    try weights.checkIsDetector(of: preset)
    var network = TrainingConfiguration.Network(preset)
    let layout = weights.layout
    let defaultBoxes = try options.defaultBoxes.map { text -> DefaultBoxSpecification in
      try DefaultBoxPreset(rawValue: text).map(layout.specification(of:)) ?? .named(text)
    }
    if let defaultBoxes { network.defaultBoxes = defaultBoxes }
    let detector = try ImportedDetector(
      weights, of: preset,
      classNames: options.classNames(
        of: weights, classCount: Self.classCount(of: weights, network), network),
      defaultBoxes: defaultBoxes)
    try detector.exportONNX(to: options.output)
    let names = detector.description.classNames
    try tell(detector.report, of: weights, classCount: names.count)
    let boxes =
      options.defaultBoxes
      ?? layout.defaultBoxes(of: preset, classCount: names.count)?.rawValue
    let ownNames = weights.classNames(classCount: names.count)
    let source =
      options.classes == nil ? " with \(ownNames == nil ? "COCO" : "the file")'s names" : ""
    try StandardOutput.write(
      "  \(names.count) classes\(source), default boxes \(boxes ?? "of a file")")
    try StandardOutput.write(options.output)
    NextStep.tell(
      wrote: [options.output],
      next: ["multibox", "detect", "--model", options.output, "photo.jpg", "--output", "found"])
  }

  private static func makeNetwork(
    _ network: TrainingConfiguration.Network, _ preset: NetworkPreset, classCount: Int
  ) throws -> any SSDNetwork {
    try preset.makeNetwork(
      classCount: classCount, specification: network.defaultBoxes, imageSide: network.imageSide,
      seed: 0)
  }

  /// - Returns: nil where the weights hold no whole head.
  private static func classCount(
    of weights: PretrainedWeights, _ network: TrainingConfiguration.Network
  ) throws -> Int? {
    guard let preset = network.preset else { return nil }
    let smallest = try makeNetwork(network, preset, classCount: 1)
    return weights.hasClassWeights(of: smallest.store)
      ? weights.classCount(network.defaultBoxes) : nil
  }

  /// Says which arrays had a place, and names the others; and labels that are not of the classes.
  private static func tell(
    _ report: PretrainedWeights.Report, of weights: PretrainedWeights, classCount: Int
  ) throws {
    try StandardOutput.write(
      "\(weights.path.shown): \(weights.layout.rawValue), \(report.summary)")
    for (title, names) in [
      ("missing", report.missing), ("of another shape", report.reshaped), ("left", report.left),
    ] where !names.isEmpty {
      let shown = names.prefix(8).joined(separator: ", ").shown
      try StandardOutput.write(
        "  \(title): \(shown)" + (names.count > 8 ? " and \(names.count - 8) more" : ""))
    }
    if !weights.labels.isEmpty, weights.classNames(classCount: classCount) == nil {
      try StandardOutput.write(
        "  not used: \(weights.labels.count.counted("label|labels")) in the file, of"
          + " \(classCount.counted("class|classes"))")
    }
  }

  static func export(_ options: ExportOptions) throws {
    let commandName = "export"
    let folder = RunFolder(path: options.run)
    if let output = options.output {
      try OutputPath.check(output, isNoneOf: folder.ownPaths)
      switch options.format {
      case .coreml: try CoreMLPackage.checkIsNewOrOwn(output)
      case .coreai: try CoreAIAsset.checkIsNewOrOwn(output)
      case .onnx:
        try OutputPath.check(output, isNewOr: "an ONNX file of MultiBox", ONNXModel.isOwnFile)
      case .torchvision:
        try OutputPath.check(output, isNewOr: "weights of export") {
          Safetensors.isFile($0, madeBy: commandName)
        }
      }
      let own = folder.exportedPaths.compactMap(FileIdentity.init)
      if FileIdentity(output).map({ !own.contains($0) }) ?? false {
        try RunFolder.checkIsOfNone(output)
      }
    }
    // Wrong data are told before anything is written.
    let configuration = try folder.configuration()
    let check = try check(options, of: folder, configuration)
    let pass = try quantization(options, of: configuration)
    try useOneThread()
    switch options.format {
    case .onnx:
      if options.decode { tellSuppressionIsHard("ONNX", of: configuration) }
      let path = try folder.exportONNX(
        to: options.output, decodes: options.decode, batch: options.batch, pass: pass)
      try StandardOutput.write(path)
      try check?(path)
      let detection = ["multibox", "detect", "--model", path, "photo.jpg", "--output", "found"]
      // Which runs one image after the other.
      NextStep.tell(wrote: [path], next: options.batch ?? 1 == 1 ? detection : nil)
    case .coreml:
      if !options.raw { tellSuppressionIsHard("Core ML", of: configuration) }
      let path = try folder.exportCoreML(to: options.output, isRaw: options.raw)
      try StandardOutput.write(path)
      try check?(path)
      NextStep.tell(wrote: [path])
    case .coreai:
      let path = try folder.exportCoreAI(to: options.output, with: CoreAIEnvironment())
      try StandardOutput.write(path)
      try check?(path)
      NextStep.tell(wrote: [path])
    case .torchvision:
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

extension TorchEngine {
  /// Says that the run's soft suppression is not in the file.
  private static func tellSuppressionIsHard(
    _ format: String, of configuration: TrainingConfiguration
  ) {
    let suppression = configuration.suppression
    guard suppression.gaussianSigma != nil else { return }
    Logger(label: "multibox.export").notice(
      "\(format) has no soft suppression: the file takes away boxes above IoU \(suppression.iouThreshold)"
    )
  }
}

extension ImportOptions {
  /// Names of the classes of others' weights.
  ///
  /// - Parameters:
  ///   - weights: of a detector.
  ///   - classCount: of its heads, without background; nil where the network has no such heads.
  ///   - network: whose default boxes they are.
  /// - Throws: `FileError` where no file gives them, or another number of them.
  fileprivate func classNames(
    of weights: PretrainedWeights, classCount: Int?, _ network: TrainingConfiguration.Network
  ) throws -> ClassNames {
    guard let classCount else {
      throw FileError(path: weights.path, reason: "its heads are not those of \(network.name)")
    }
    guard let classes else {
      if let names = weights.classNames(classCount: classCount) { return names }
      guard weights.layout.hasCOCOClasses, classCount == Self.cocoClassCount else {
        throw FileError(
          path: weights.path,
          reason:
            "does not name its \(classCount) classes: --classes takes a file with a name a line")
      }
      return try KnownDescription.ssdMobileNetV1COCO.description.classNames
    }
    let names = try ClassNameFile.read(classes).withoutBackground(classCount: classCount)
    try weights.check(names, of: classes, wanted: [], specification: network.defaultBoxes)
    return names
  }
}

extension PretrainedWeights {
  /// Returns the network that the weights go into.
  ///
  /// - Parameter model: the one that was asked for; nil takes that of the file. The largest of
  ///   MobileNet-v1 stands for those with less channels too, whichever the file holds.
  /// - Throws: `FileError` where the weights are of a network that the model does not hold; a usage
  ///   error where neither tells one.
  func preset(for model: NetworkPreset?) throws -> NetworkPreset {
    guard let model = model ?? network else {
      let what = layout == .own ? "the weights" : layout.rawValue
      throw ValidationError(
        "--model: expected the name of a network, which \(what) in \(path) do not tell")
    }
    guard layout.fits(model), network == nil || network == model || model == .ssd300MobileNetV1
    else {
      throw FileError(
        path: path,
        reason: "weights of \(network?.name ?? layout.rawValue) do not fit \(model.name)")
    }
    return network ?? model
  }
}
