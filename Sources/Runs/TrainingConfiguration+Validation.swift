import Files

extension TrainingConfiguration {
  /// Checks every value that a file or a program can bring and the types allow: none may reach a
  /// precondition.
  ///
  /// - Parameter path: what the error calls the configuration.
  /// - Throws: `FileError` naming the key, what was expected and what was found.
  public func validate(path: String) throws(FileError) {
    func check<Value>(
      _ key: String, _ value: Value, _ expected: String, _ isValid: (Value) -> Bool
    ) throws(FileError) {
      guard isValid(value) else {
        throw FileError(path: path, reason: "\(key): expected \(expected), found \(value)")
      }
    }
    func isShare(_ value: Double) -> Bool { value >= 0 && value <= 1 }
    func isBelowOne(_ value: Double) -> Bool { value >= 0 && value < 1 }
    func isNotNegative(_ value: Double) -> Bool { value >= 0 && value.isFinite }
    func isFactor(_ range: ClosedRange<Double>) -> Bool {
      range.lowerBound >= 0 && range.upperBound.isFinite
    }

    try check("data.classNames", data.classNames, "at least one name") { !$0.isEmpty }
    if let reason = Self.sideProblem(network.imageSide, network.preset) {
      throw FileError(path: path, reason: "network.imageSide: \(reason)")
    }
    // Upper limits far from what anybody trains, and from overflow.
    let step = optimization
    try check("optimization.epochs", step.epochs, "1 to 1000000") { $0 > 0 && $0 <= 1_000_000 }
    try check("optimization.batchSize", step.batchSize, "1 to 65536") { $0 > 0 && $0 <= 65_536 }
    try check("optimization.maximumIterations", step.maximumIterations ?? 1, "1 or more") {
      $0 > 0
    }
    try check("optimization.learningRate.base", step.learningRate.base, "a number above 0") {
      $0 > 0 && $0.isFinite
    }
    try check(
      "optimization.learningRate.warmUpIterations", step.learningRate.warmUpIterations,
      "0 to 2³¹"
    ) { $0 >= 0 && $0 <= Int(Int32.max) }
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
    try check("execution.threadCount", execution.threadCount, "1 to 4096") {
      $0 > 0 && $0 <= 4096
    }
    try check("execution.loaderThreadCount", execution.loaderThreadCount, "1 to 4096") {
      $0 > 0 && $0 <= 4096
    }
    try check("execution.validationInterval", execution.validationInterval, "0 or more") {
      $0 >= 0
    }

    let policy = augmentation
    for (key, value) in [
      ("photometric.probability", policy.photometric.probability),
      ("expansion.probability", policy.expansion.probability),
      ("mirrorProbability", policy.mirrorProbability), ("flipProbability", policy.flipProbability),
    ] {
      try check("augmentation.\(key)", value, "a number of 0…1", isShare)
    }
    for (key, value) in [
      ("brightness", policy.photometric.brightness), ("hue", policy.photometric.hue),
    ] {
      try check("augmentation.photometric.\(key)", value, "a number of 0 or more", isNotNegative)
    }
    for (key, value) in [
      ("photometric.contrast", policy.photometric.contrast),
      ("photometric.saturation", policy.photometric.saturation),
    ] {
      try check("augmentation.\(key)", value, "numbers of 0 or more", isFactor)
    }
    try check(
      "augmentation.expansion.maximumRatio", policy.expansion.maximumRatio,
      "a number of 1 or more"
    ) { $0 >= 1 && $0.isFinite }
    try check("augmentation.crop.minimumOverlaps", policy.crop.minimumOverlaps, "numbers of 0…1") {
      $0.allSatisfy(isShare)
    }
    for (key, value) in [("scale", policy.crop.scale), ("aspectRatio", policy.crop.aspectRatio)] {
      try check("augmentation.crop.\(key)", value, "numbers above 0") {
        isFactor($0) && $0.lowerBound > 0
      }
    }
    try check("augmentation.crop.trials", policy.crop.trials, "0 or more") { $0 >= 0 }
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
