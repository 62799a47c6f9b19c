import MultiBox

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The learning rate of every iteration: a linear warm-up, then a schedule that ends with the run.
public struct LearningRateSchedule: Hashable, Sendable, Codable {
  /// The course of the rate behind the warm-up.
  public enum Shape: Hashable, Sendable, Codable {
    /// Half a cosine from the base rate down to 1 % of it.
    case cosine
    /// The base rate, divided by 10 when each of these shares (0…1) of the run is over.
    case multistep(milestones: [Double])

    private enum CodingKeys: String, CodingKey, CaseIterable { case cosine, multistep }
    private enum CosineCodingKeys: CodingKey {}
    private enum MultistepCodingKeys: String, CodingKey, CaseIterable { case milestones }

    /// Decodes one course, with ``LearningRateSchedule/usualMilestones`` for missing ones.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
      guard values.allKeys.count == 1 else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(
            codingPath: decoder.codingPath,
            debugDescription: "expected one of cosine, multistep, found \(values.allKeys.count)"))
      }
      if values.contains(.cosine) {
        try values.superDecoder(forKey: .cosine).refuseKeys(except: [])
        self = .cosine
      } else {
        self = .multistep(
          milestones: try values.superDecoder(forKey: .multistep)
            .checkedContainer(keyedBy: MultistepCodingKeys.self)
            .decode(.milestones, default: usualMilestones))
      }
    }
  }

  /// Shares of a run after which ``Shape/multistep(milestones:)`` usually divides the rate.
  public static let usualMilestones = [0.66, 0.83]

  /// The rate at the end of the warm-up.
  public var base: Double
  /// Iterations over which the rate rises from 1 % of the base.
  public var warmUpIterations: Int
  /// The course behind the warm-up.
  public var shape: Shape

  /// Creates a schedule.
  public init(base: Double, warmUpIterations: Int, shape: Shape) {
    self.base = base
    self.warmUpIterations = warmUpIterations
    self.shape = shape
  }

  private enum CodingKeys: String, CodingKey, CaseIterable { case base, warmUpIterations, shape }

  /// Decodes a schedule that is complete.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    base = try values.decode(Double.self, forKey: .base)
    warmUpIterations = try values.decode(Int.self, forKey: .warmUpIterations)
    shape = try values.decode(Shape.self, forKey: .shape)
  }

  /// Decodes a schedule, with the values of another for missing ones.
  init(from decoder: any Decoder, defaults: Self) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    base = try values.decode(.base, default: defaults.base)
    warmUpIterations = try values.decode(.warmUpIterations, default: defaults.warmUpIterations)
    shape = try values.decode(.shape, default: defaults.shape)
  }

  /// Returns the rate of an iteration.
  ///
  /// - Parameters:
  ///   - iteration: from 0.
  ///   - total: iterations of the whole run.
  public func rate(at iteration: Int, of total: Int) -> Double {
    if iteration < warmUpIterations {
      return base * (0.01 + 0.99 * Double(iteration) / Double(warmUpIterations))
    }
    switch shape {
    case .cosine:
      let span = max(total - warmUpIterations, 1)
      let progress = min(Double(iteration - warmUpIterations) / Double(span), 1)
      return base * (0.01 + 0.99 * (1 + cos(Double.pi * progress)) / 2)
    case .multistep(let milestones):
      let passed = milestones.filter { Double(iteration) >= $0 * Double(total) }.count
      return (0..<passed).reduce(base) { rate, _ in rate / 10 }
    }
  }
}
