import DetectionData

extension TrainingConfiguration {
  /// Checks every value that a file can hold and the types allow: none may reach a precondition.
  ///
  /// - Throws: ``RunError/invalid(path:reason:)`` naming the key, what was expected and what was
  ///   found.
  func validate(path: String) throws(RunError) {
    func check<Value>(
      _ key: String, _ value: Value, _ expected: String, _ isValid: (Value) -> Bool
    ) throws(RunError) {
      guard isValid(value) else {
        throw RunError.invalid(path: path, reason: "\(key): expected \(expected), found \(value)")
      }
    }
    func isShare(_ value: Double) -> Bool { value >= 0 && value <= 1 }
    func isBelowOne(_ value: Double) -> Bool { value >= 0 && value < 1 }
    func isNotNegative(_ value: Double) -> Bool { value >= 0 && value.isFinite }
    func isFactor(_ range: ClosedRange<Double>) -> Bool {
      range.lowerBound >= 0 && range.upperBound.isFinite
    }

    try check("classNames", classNames, "at least one name") { !$0.isEmpty }
    let side = model.imageSide(requested: imageSide)
    try check("imageSide", imageSide, "\(side) or a multiple of 32 from 64 to 2048") {
      $0 == side && $0 >= 64 && $0 <= 2048 && ($0 % 32 == 0 || model != .ssdCompact)
    }
    // Upper limits far from what anybody trains, and from overflow.
    try check("epochs", epochs, "1 to 1000000") { $0 > 0 && $0 <= 1_000_000 }
    try check("batchSize", batchSize, "1 to 65536") { $0 > 0 && $0 <= 65_536 }
    try check("maximumIterations", maximumIterations ?? 1, "1 or more") { $0 > 0 }
    try check("learningRate.base", learningRate.base, "a number above 0") {
      $0 > 0 && $0.isFinite
    }
    try check("learningRate.warmUpIterations", learningRate.warmUpIterations, "0 to 2³¹") {
      $0 >= 0 && $0 <= Int(Int32.max)
    }
    try check("momentum", momentum, "a number from 0 to below 1", isBelowOne)
    try check("weightDecay", weightDecay, "a number of 0 or more", isNotNegative)
    try check("gradientLimit", gradientLimit, "a number of 0 or more", isNotNegative)
    try check("averageDecay", averageDecay, "a number from 0 to below 1", isBelowOne)
    try check("threadCount", threadCount, "1 to 4096") { $0 > 0 && $0 <= 4096 }
    try check("loaderThreadCount", loaderThreadCount, "1 to 4096") { $0 > 0 && $0 <= 4096 }
    try check("validationInterval", validationInterval, "0 or more") { $0 >= 0 }

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
}
