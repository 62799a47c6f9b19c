/// A line of `metrics.jsonl`.
public enum Metrics: Codable, Hashable, Sendable {
  /// Means over an epoch.
  case training(TrainingMetrics)
  /// Measures of a split.
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
  /// The word that tells the line's kind, `training`.
  public private(set) var kind = "training"
  /// Iterations done when the line was written.
  public var iteration: Int
  /// The epoch, from 1.
  public var epoch: Int
  /// L, the mean over the epoch.
  public var loss: Double
  /// L_loc / N.
  public var localization: Double
  /// L_conf / N.
  public var confidence: Double
  /// Positive default boxes an image.
  public var positivesPerImage: Double
  /// The learning rate of the last iteration.
  public var learningRate: Double
  /// The Euclidean norm of the gradient before it is clipped, without the steps that were left out.
  public var gradientNorm: Double
  /// Images a second, reading and augmentation included where the network waits for them.
  public var imagesPerSecond: Double
  /// Of several processes, the share of the time, 0…1, that the first one spends in collectives,
  /// where it waits for the others; nil for one alone.
  public var collectiveShare: Double?
  /// The share of that time between the network's output and the gradient of the loss with respect
  /// to it, while a device waits; nil in lines of older versions.
  public var lossShare: Double?
  /// Steps that were left out, as gradients in float16 had overflowed; nil for none.
  public var skippedSteps: Int?

  /// Creates the figures of an epoch.
  public init(
    iteration: Int, epoch: Int, loss: Double, localization: Double, confidence: Double,
    positivesPerImage: Double, learningRate: Double, gradientNorm: Double, imagesPerSecond: Double,
    collectiveShare: Double? = nil, lossShare: Double? = nil, skippedSteps: Int? = nil
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
    self.collectiveShare = collectiveShare
    self.lossShare = lossShare
    self.skippedSteps = skippedSteps
  }
}

/// The measures of one split.
public struct EvaluationMetrics: Codable, Hashable, Sendable {
  /// The word that tells the line's kind, `evaluation`.
  public private(set) var kind = "evaluation"
  /// Iterations done when it was measured.
  public var iteration: Int
  /// The epoch, from 1.
  public var epoch: Int
  /// The split's name.
  public var split: String
  /// It chooses the best weights.
  public var selects: Bool
  /// COCO's AP, 0…1: the mean over IoU .5 to .95 and the classes.
  public var ap: Double
  /// AP at IoU .5.
  public var ap50: Double
  /// AP at IoU .75.
  public var ap75: Double
  /// AP and AP50 by class name (`ClassKeys`).
  public var perClass: [String: [String: Double]]

  /// Creates the measures of a split.
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
