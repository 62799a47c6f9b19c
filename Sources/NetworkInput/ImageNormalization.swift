import MultiBox

/// The way from 8-bit channels to a network's input: (value − mean) / standardDeviation.
public struct ImageNormalization: Hashable, Sendable, Codable {
  /// The mean of red, green and blue, in grey levels 0…255; also what fills the outside of an
  /// image.
  public var mean: [Float]
  /// The divisor of red, green and blue, in grey levels.
  public var standardDeviation: [Float]

  /// Creates a normalization of red, green and blue.
  ///
  /// - Precondition: three finite values each, deviations above 0.
  public init(mean: [Float], standardDeviation: [Float]) {
    precondition(
      Self.isMean(mean) && Self.isDeviation(standardDeviation),
      "mean \(mean), standard deviation \(standardDeviation)")
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  private enum CodingKeys: String, CodingKey, CaseIterable { case mean, standardDeviation }

  /// Decodes and checks a normalization.
  ///
  /// - Throws: `DecodingError` for values that the other initializer does not take.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    func values(
      _ key: CodingKeys, _ expected: String, _ isValid: ([Float]) -> Bool
    ) throws -> [Float] {
      let values = try container.decode([Float].self, forKey: key)
      guard isValid(values) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "expected \(expected), found \(values)")
      }
      return values
    }
    mean = try values(.mean, "three numbers", Self.isMean)
    standardDeviation = try values(
      .standardDeviation, "three numbers above 0", Self.isDeviation)
  }

  private static func isMean(_ values: [Float]) -> Bool {
    values.count == 3 && values.allSatisfy(\.isFinite)
  }

  private static func isDeviation(_ values: [Float]) -> Bool {
    isMean(values) && values.allSatisfy { $0 > 0 }
  }
}

extension ImageNormalization {
  /// −1…1, as torchvision's SSDLite.
  public static let unitRange = ImageNormalization(
    mean: [127.5, 127.5, 127.5], standardDeviation: [127.5, 127.5, 127.5])

  /// The mean of ImageNet, no scaling, as the original VGG.
  public static let imageNetMean = ImageNormalization(
    mean: [123, 117, 104], standardDeviation: [1, 1, 1])
}
