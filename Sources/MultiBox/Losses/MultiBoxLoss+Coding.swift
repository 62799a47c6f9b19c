extension MultiBoxLoss: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case version, assigner, confidence, localization, alpha, normalization, boxCoder
    case ignoredRegionOverlap, classWeights
  }

  private enum NameKey: String, CodingKey { case name }

  /// Of what ``encode(to:)`` writes. Version 1 had all parameters of all parts side by side.
  private static let version = 2

  /// Decodes a loss that any version wrote; the paper's parts where some are missing.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let hasParts = [.assigner, .confidence, .localization].contains(where: container.contains)
    let version = try container.decode(
      .version, default: hasParts ? Self.version : 1,
      expected: "a version of up to \(Self.version)"
    ) { (1...Self.version).contains($0) }
    try decoder.refuseKeys(
      except: version == 1 ? Self.firstVersionKeys : CodingKeys.allCases.map(\.rawValue))
    self.init()
    if version == 1 { try decodeFirstVersion(decoder) } else { try decodeParts(container) }
    alpha = try container.decode(.alpha, default: 1, expected: "a finite number", \.isFinite)
    normalization =
      try container.decodeIfPresent(LossNormalization.self, forKey: .normalization) ?? .batch
    boxCoder = try container.decodeIfPresent(BoxCoder.self, forKey: .boxCoder) ?? BoxCoder()
    ignoredRegionOverlap = try container.decode(
      .ignoredRegionOverlap, default: nil, expected: "a number above 0, to 1, or null"
    ) { (overlap: Double?) in overlap.map { $0 > 0 && $0 <= 1 } ?? true }
    classWeights = try container.decode(
      .classWeights, default: nil, expected: "finite numbers of 0 or more, one a class, or null"
    ) { (weights: [Double]?) in weights?.allSatisfy(ClassWeights.isValid) ?? true }
    .map(ClassWeights.init)
  }

  /// Encodes the loss, each part with its name.
  ///
  /// - Throws: `EncodingError` where a part is not among ``LossParts``: nobody could read it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.version, forKey: .version)
    try Self.encode(assigner, to: &container, .assigner)
    try Self.encode(confidence, to: &container, .confidence)
    switch localization {
    case .offsets(let loss): try Self.encode(loss, to: &container, .localization)
    case .boxes(let loss): try Self.encode(loss, to: &container, .localization)
    }
    try container.encode(alpha, forKey: .alpha)
    try container.encode(normalization, forKey: .normalization)
    try container.encode(boxCoder, forKey: .boxCoder)
    try container.encodeIfPresent(ignoredRegionOverlap, forKey: .ignoredRegionOverlap)
    try container.encodeIfPresent(classWeights?.values, forKey: .classWeights)
  }

  private static func encode(
    _ part: any Sendable, to container: inout KeyedEncodingContainer<CodingKeys>, _ key: CodingKeys
  ) throws {
    guard let part = part as? any LossPart, LossParts.contains(type(of: part)) else {
      throw EncodingError.invalidValue(
        part,
        EncodingError.Context(
          codingPath: container.codingPath + [key],
          debugDescription: "\(type(of: part)) cannot be written: it is a program's own part, and"
            + " nobody could read it"))
    }
    let encoder = container.superEncoder(forKey: key)
    try part.encode(to: encoder)
    var named = encoder.container(keyedBy: NameKey.self)
    try named.encode(type(of: part).partName, forKey: .name)
  }

  private mutating func decodeParts(_ container: KeyedDecodingContainer<CodingKeys>) throws {
    func part(_ key: CodingKeys, _ types: [any LossPart.Type]) throws -> (any LossPart)? {
      guard container.contains(key) else { return nil }
      let decoder = try container.superDecoder(forKey: key)
      let named = try decoder.container(keyedBy: NameKey.self)
      let name = try named.decode(String.self, forKey: .name)
      guard let type = types.first(where: { $0.partName == name }) else {
        let names = types.map { $0.partName }.joined(separator: ", ")
        throw DecodingError.dataCorruptedError(
          forKey: .name, in: named, debugDescription: "expected one of \(names), found \(name)")
      }
      try decoder.refuseKeys(except: [NameKey.name.rawValue] + type.parameterNames)
      return try type.init(from: decoder)
    }
    if let part = try part(.assigner, LossParts.assigners) as? any BoxAssigner { assigner = part }
    if let part = try part(.confidence, LossParts.confidenceTerms) as? any ConfidenceTerm {
      confidence = part
    }
    let localization = try part(
      .localization, LossParts.offsetLosses as [any LossPart.Type] + LossParts.boxLosses)
    if let loss = localization as? any OffsetLoss { self.localization = .offsets(loss) }
    if let loss = localization as? any BoxLoss { self.localization = .boxes(loss) }
  }

  // MARK: Version 1

  private enum FirstVersionKeys: String, CodingKey, CaseIterable {
    case boxLoss, beta, confidenceLoss, focalAlpha, focalGamma, negativesPerPositive
    case minimumNegatives, countsMinedPositivesTwice, matching, iouThreshold, includesThreshold
    case negativeOverlap
    // Written, and without effect on the loss.
    case threadCount
  }

  private static var firstVersionKeys: [String] {
    let common: [CodingKeys] = [.version, .alpha, .normalization, .boxCoder, .ignoredRegionOverlap]
    return common.map(\.rawValue) + FirstVersionKeys.allCases.map(\.rawValue)
  }

  private mutating func decodeFirstVersion(_ decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: FirstVersionKeys.self)
    func name(_ key: FirstVersionKeys, _ standard: String, _ names: [String]) throws -> String {
      try container.decode(
        key, default: standard, expected: "one of \(names.joined(separator: ", "))",
        names.contains)
    }
    let overlap = OverlapRule(
      threshold: try container.decodeShare(.iouThreshold, default: 0.5),
      includesThreshold: try container.decodeIfPresent(Bool.self, forKey: .includesThreshold)
        ?? true,
      negativeOverlap: try OverlapRule(from: decoder).negativeOverlap)
    let isForced = try name(.matching, "bipartite", ["bipartite", "forced"]) == "forced"
    assigner = isForced ? ForcedAssigner(overlap) as any BoxAssigner : BipartiteAssigner(overlap)
    let mining = try HardNegativeMining(
      decoder.container(keyedBy: HardNegativeMining.CodingKeys.self))
    let alpha = try container.decodeShare(.focalAlpha, default: 0.25)
    let gamma = try container.decodeNotNegative(.focalGamma, default: 2)
    confidence =
      try name(.confidenceLoss, "softmax", ["softmax", "focal"]) == "focal"
      ? .focal(alpha: alpha, gamma: gamma) : .softmax(mining: mining)
    let beta = try container.decodeNotNegative(.beta, default: 1)
    let boxLoss = try name(.boxLoss, "smooth-l1", LossParts.localizationNames)
    localization =
      boxLoss == SmoothL1.partName
      ? .offsets(.smoothL1(beta: beta)) : LossParts.localization(named: boxLoss) ?? localization
  }
}
