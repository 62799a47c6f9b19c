/// How 8-bit channels become a network's input: (value − mean) / standardDeviation.
public struct ImageNormalization: Hashable, Sendable, Codable {
  /// Of red, green and blue, in grey levels 0…255; also what fills the outside of an image.
  public var mean: [Float]
  /// In grey levels.
  public var standardDeviation: [Float]

  /// - Precondition: three values each, deviations above 0.
  public init(mean: [Float], standardDeviation: [Float]) {
    precondition(
      mean.count == 3 && standardDeviation.count == 3 && standardDeviation.allSatisfy { $0 > 0 },
      "mean \(mean), standard deviation \(standardDeviation)")
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}
