import Datasets
import Detectors
import Files

extension TrainingConfiguration {
  /// Checks every value that a file or a program can bring and the types allow: none may reach a
  /// precondition.
  ///
  /// - Parameter path: what the error calls the configuration.
  /// - Throws: `FileError` naming the key, what was expected and what was found.
  public func validate(path: String) throws(FileError) {
    do throws(JSONDocument.Problem) {
      try check()
    } catch {
      throw FileError(path: path, reason: "\(error.key): \(error.reason)")
    }
  }

  /// The checks of ``validate(path:)``, for a text that tells where the key stands.
  func check() throws(JSONDocument.Problem) {
    func check<Value>(
      _ key: String, _ value: Value, _ expected: String, _ isValid: (Value) -> Bool
    ) throws(JSONDocument.Problem) {
      guard isValid(value) else {
        throw JSONDocument.Problem(key: key, reason: "expected \(expected), found \(value)")
      }
    }
    func check(
      _ key: String, _ value: Int, in range: ClosedRange<Int>
    ) throws(JSONDocument.Problem) {
      try check(key, value, range.words, range.contains)
    }
    func check(
      _ key: String, _ value: Double, in range: ClosedRange<Double>
    ) throws(JSONDocument.Problem) {
      try check(
        key, value, "a number of \(range.lowerBound) to \(range.upperBound)", range.contains)
    }
    func isShare(_ value: Double) -> Bool { value >= 0 && value <= 1 }
    func isBelowOne(_ value: Double) -> Bool { value >= 0 && value < 1 }
    // LibTorch computes in float32.
    func isNotNegative(_ value: Double) -> Bool { value >= 0 && Float(value).isFinite }

    try check("data.classNames", data.classNames, "at least one name") { !$0.isEmpty }
    if let reason = Self.sideProblem(network.imageSide, network.preset) {
      throw JSONDocument.Problem(key: "network.imageSide", reason: reason)
    }
    try checkFrozenStages()
    if let weights = loss.classWeights {
      let count = data.classNames.count
      try check("loss.classWeights", weights.values, "\(count), one a class") {
        $0.count == count
      }
    }
    let step = optimization
    try check("optimization.epochs", step.epochs, in: Limits.epochs)
    try check("optimization.batchSize", step.batchSize, in: Limits.batchSize)
    try check("optimization.accumulation", step.accumulation, in: Limits.accumulation)
    try check(
      "optimization.maximumIterations", step.maximumIterations ?? 1, in: Limits.iterations)
    if let patience = step.patience { try checkPatience(patience) }
    try check(
      "optimization.learningRate.base", step.learningRate.base,
      "a number above 0, to \(Limits.learningRate)"
    ) { $0 > 0 && $0 <= Limits.learningRate }
    try check(
      "optimization.learningRate.warmUpIterations", step.learningRate.warmUpIterations,
      in: Limits.warmUpIterations)
    if case .multistep(let milestones) = step.learningRate.shape {
      try check(
        "optimization.learningRate.shape.multistep.milestones", milestones, "numbers of 0…1"
      ) { $0.allSatisfy(isShare) }
    }
    try check("optimization.momentum", step.momentum, "a number from 0 to below 1", isBelowOne)
    try check(
      "optimization.weightDecay", step.weightDecay, "a number of 0 or more", isNotNegative)
    try check(
      "optimization.gradientLimit", step.gradientLimit, "a number of 0 or more", isNotNegative)
    try check(
      "optimization.averageDecay", step.averageDecay, "a number from 0 to below 1", isBelowOne)
    try check("suppression.iouThreshold", suppression.iouThreshold, "a number of 0…1", isShare)
    try check(
      "suppression.gaussianSigma", suppression.gaussianSigma ?? 1,
      in: DetectorDescription.Thresholds.sigmas)
    try check(
      "execution.precision", execution.precision.rawValue,
      "float32 or bfloat16 on the device \(execution.device)"
    ) { _ in execution.precision != .float16 || execution.device != Execution.usualDevice }
    try check("execution.threadCount", execution.threadCount, in: Limits.threads)
    try check("execution.loaderThreadCount", execution.loaderThreadCount, in: Limits.threads)
    if let bytes = execution.prefetchMemory {
      let least = batchByteCount
      try check(
        "execution.prefetchMemory", bytes, "at least \(least), the bytes of a batch"
      ) { $0 >= least }
    }
    try check(
      "execution.validationInterval", execution.validationInterval, in: Limits.validationInterval)

    let policy = augmentation
    for (key, value) in [
      ("tiles.backgroundProbability", policy.tiles.backgroundProbability),
      ("tiles.minimumVisibleShare", policy.tiles.minimumVisibleShare),
      ("photometric.probability", policy.photometric.probability),
      ("expansion.probability", policy.expansion.probability),
      ("mirrorProbability", policy.mirrorProbability), ("flipProbability", policy.flipProbability),
      ("mosaic.probability", policy.mosaic.probability),
      ("mosaic.minimumVisibleShare", policy.mosaic.minimumVisibleShare),
      ("mixup.probability", policy.mixup.probability),
      ("copyPaste.probability", policy.copyPaste.probability),
      ("copyPaste.maximumOverlap", policy.copyPaste.maximumOverlap),
      ("copyPaste.minimumVisibleShare", policy.copyPaste.minimumVisibleShare),
    ] {
      try check("augmentation.\(key)", value, "a number of 0…1", isShare)
    }
    if let side = policy.tiles.side {
      try check("augmentation.tiles.side", side, in: Limits.tileSides)
    }
    // Beyond these nothing changes in a picture of 8 bits, or sums of numbers overflow.
    let photometric = policy.photometric
    try check("augmentation.photometric.brightness", photometric.brightness, in: 0...255)
    try check("augmentation.photometric.hue", photometric.hue, in: 0...180)
    for (key, value) in [
      ("contrast", photometric.contrast), ("saturation", photometric.saturation),
    ] {
      try check("augmentation.photometric.\(key)", value, "numbers of 0 to 1000") {
        $0.lowerBound >= 0 && $0.upperBound <= 1000
      }
    }
    try check("augmentation.expansion.maximumRatio", policy.expansion.maximumRatio, in: 1...1000)
    let crop = policy.crop
    try check(
      "augmentation.crop.minimumOverlaps", crop.minimumOverlaps, "up to 100 numbers of 0…1"
    ) { $0.count <= 100 && $0.allSatisfy(isShare) }
    try check("augmentation.crop.scale", crop.scale, "numbers above 0, to 1") {
      $0.lowerBound > 0 && $0.upperBound <= 1
    }
    try check("augmentation.crop.aspectRatio", crop.aspectRatio, "numbers of 0.001 to 1000") {
      $0.lowerBound >= 0.001 && $0.upperBound <= 1000
    }
    try check("augmentation.crop.trials", crop.trials, in: Limits.cropTrials)
    try check("augmentation.mosaic.center", policy.mosaic.center, "numbers of 0…1") {
      isShare($0.lowerBound) && isShare($0.upperBound)
    }
    for (key, scale) in [
      ("mosaic.scale", policy.mosaic.scale), ("copyPaste.scale", policy.copyPaste.scale),
    ] {
      try check("augmentation.\(key)", scale, "numbers of 0.01 to 100") {
        $0.lowerBound >= 0.01 && $0.upperBound <= 100
      }
    }
    try check(
      "augmentation.copyPaste.maximumCount", policy.copyPaste.maximumCount,
      in: Limits.pastedObjects)
    try check("augmentation.copyPaste.trials", policy.copyPaste.trials, in: Limits.pasteTrials)
    try check(
      "augmentation.mixup.concentration", policy.mixup.concentration,
      in: Limits.mixupConcentration)
    try check(
      "augmentation.plainShare", policy.plainShare, "a number from 0 to below 1", isBelowOne)
  }

  /// A patience that nothing can try would be without effect.
  private func checkPatience(_ patience: Int) throws(JSONDocument.Problem) {
    let range = Limits.patience
    let expected: String? =
      if !range.contains(patience) {
        range.words
      } else if data.validationSplit == nil {
        "none, because data.validationSplit names no split that chooses"
      } else if execution.validationInterval == 0 {
        "none, because with execution.validationInterval 0 the end alone is measured"
      } else {
        nil
      }
    if let expected {
      throw JSONDocument.Problem(
        key: "optimization.patience", reason: "expected \(expected), found \(patience)")
    }
  }

  /// Random weights that never learn are a mistake; those of a network of one's own may come from
  /// its program, which knows how many stages there are.
  private func checkFrozenStages() throws(JSONDocument.Problem) {
    let count = network.frozenStages
    let range = 0...(network.preset?.stageCount ?? .max)
    let expected: String? =
      if !range.contains(count) {
        network.preset.map { "\(range.words), the stages of \($0.name)" } ?? "0 or more"
      } else if count > 0, network.preset != nil, network.pretrained == nil {
        "0 without network.pretrained, because random weights would never learn"
      } else {
        nil
      }
    if let expected {
      throw JSONDocument.Problem(
        key: "network.frozenStages", reason: "expected \(expected), found \(count)")
    }
  }

  /// Says what is wrong with the side of an input; nil where nothing is.
  static func sideProblem(_ side: Int, _ preset: NetworkPreset?) -> String? {
    if let fixed = preset?.fixedSide {
      return side == fixed ? nil : "expected \(fixed) for \(preset?.name ?? ""), found \(side)"
    }
    let isFine = (64...2048).contains(side) && (preset == nil || side % 32 == 0)
    let expected = preset == nil ? "64 to 2048" : "a multiple of 32 from 64 to 2048"
    return isFine ? nil : "expected \(expected), found \(side)"
  }
}
