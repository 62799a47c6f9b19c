/// A line of `metrics.jsonl`.
public enum Metrics: Codable, Hashable, Sendable {
  case training(TrainingMetrics)
  case evaluation(EvaluationMetrics)

  /// Iterations done when the line was written.
  public var iteration: Int {
    switch self {
    case .training(let metrics): metrics.iteration
    case .evaluation(let metrics): metrics.iteration
    }
  }

  private enum Keys: String, CodingKey { case kind }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    switch try values.decode(String.self, forKey: .kind) {
    case "training": self = try .training(TrainingMetrics(from: decoder))
    case "evaluation": self = try .evaluation(EvaluationMetrics(from: decoder))
    case let kind:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values,
        debugDescription: "expected training or evaluation, found \(kind)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .training(let metrics): try metrics.encode(to: encoder)
    case .evaluation(let metrics): try metrics.encode(to: encoder)
    }
  }
}

/// Means over the iterations of one epoch.
public struct TrainingMetrics: Codable, Hashable, Sendable {
  public private(set) var kind = "training"
  public var iteration: Int
  public var epoch: Int
  /// L, L_loc / N and L_conf / N.
  public var loss: Double
  public var localization: Double
  public var confidence: Double
  public var positivesPerImage: Double
  public var learningRate: Double
  public var gradientNorm: Double
  public var imagesPerSecond: Double

  public init(
    iteration: Int, epoch: Int, loss: Double, localization: Double, confidence: Double,
    positivesPerImage: Double, learningRate: Double, gradientNorm: Double, imagesPerSecond: Double
  ) {
    self.iteration = iteration
    self.epoch = epoch
    self.loss = loss
    self.localization = localization
    self.confidence = confidence
    self.positivesPerImage = positivesPerImage
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.imagesPerSecond = imagesPerSecond
  }
}

/// What an evaluation gave.
public struct EvaluationMetrics: Codable, Hashable, Sendable {
  public private(set) var kind = "evaluation"
  public var iteration: Int
  public var epoch: Int
  public var split: String
  /// Whether it chooses the best weights.
  public var selects: Bool
  public var ap: Double
  public var ap50: Double
  public var ap75: Double
  /// AP and AP50 by class name (`ClassKeys`).
  public var perClass: [String: [String: Double]]

  public init(
    iteration: Int, epoch: Int, split: String, selects: Bool, ap: Double, ap50: Double,
    ap75: Double, perClass: [String: [String: Double]]
  ) {
    self.iteration = iteration
    self.epoch = epoch
    self.split = split
    self.selects = selects
    self.ap = ap
    self.ap50 = ap50
    self.ap75 = ap75
    self.perClass = perClass
  }

  // The field's names in the file.
  private enum CodingKeys: String, CodingKey {
    case kind, iteration, epoch, split, selects, perClass
    case ap = "AP"
    case ap50 = "AP50"
    case ap75 = "AP75"
  }
}
