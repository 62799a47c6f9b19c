import ImageFiles
import MultiBox

/// Anything that finds objects in images.
///
/// Commands, evaluation and servers know no more of a detector than this. A detector of one's own
/// gives class names and ``ObjectDetector/detections(in:)-([RGBImage])``; the rest follows: single
/// images, whole datasets, and sequences with as many images in flight as the detector asks for.
public protocol ObjectDetector: Sendable {
  /// Names of the classes that it finds.
  var classNames: ClassNames { get }

  /// Images that one call is given where there are many. Default: 1.
  var batchSize: Int { get }

  /// Calls at the same time that keep the engine busy. Default: 1.
  var concurrency: Int { get }

  /// The lowest score that it reports, itself included. Default: 0.
  var scoreThreshold: Double { get }

  /// The score of each class from which its detections are best taken, where it was measured.
  /// Default: nil.
  var bestThresholds: BestThresholds? { get }

  /// The side of the tiles of larger images that it was trained on, in pixels of the image; a
  /// ``TiledDetector`` looks at such. Default: nil, whole images.
  var tileSide: Int? { get }

  /// The detections that were left out in all calls so far. Default: none.
  var dropped: DroppedDetections { get }

  /// Finds objects in images.
  ///
  /// - Parameter images: of any sizes.
  /// - Returns: for each image its detections in pixels of the image, best first; all whose score
  ///   is ``ObjectDetector/scoreThreshold`` or above.
  func detections(in images: [RGBImage]) throws -> [[PixelDetection]]
}

extension ObjectDetector {
  public var batchSize: Int { 1 }
  public var concurrency: Int { 1 }
  public var scoreThreshold: Double { 0 }
  public var bestThresholds: BestThresholds? { nil }
  public var tileSide: Int? { nil }
  public var dropped: DroppedDetections { DroppedDetections() }

  /// Finds objects in one `image`, in its pixels, best first.
  public func detections(in image: RGBImage) throws -> [PixelDetection] {
    try detections(in: [image])[0]
  }
}

/// A detector whose network gives what the loss is computed from.
public protocol PredictingDetector: ObjectDetector {
  /// The network gives predictions; false where it decodes them itself, and asking for them is an
  /// error. Default: true.
  var givesPredictions: Bool { get }

  /// Computes a network's logits and offsets for an image as it is, not augmented.
  ///
  /// - Parameter image: of any size.
  /// - Throws: an error where the network decodes its predictions itself.
  func predictions(for image: RGBImage) throws -> Predictions

  /// Finds the objects of an image, and gives what they were decoded from. Default: computes the
  /// network twice.
  ///
  /// - Parameter image: of any size.
  /// - Returns: the detections, as ``ObjectDetector/detections(in:)-([RGBImage])`` gives them, and
  ///   the predictions.
  /// - Throws: an error where the network decodes its predictions itself.
  func predictedDetections(
    in image: RGBImage
  ) throws -> (detections: [PixelDetection], predictions: Predictions)
}

/// A network's output for one image.
public struct Predictions: Sendable {
  /// The logits, `D × K`, background first.
  public var logits: [Float]
  /// The offsets, `D × 4`: cx, cy, w, h, encoded relative to the default boxes.
  public var offsets: [Float]
  /// The D default boxes.
  public var defaultBoxes: DefaultBoxes

  /// Creates the output of a network.
  public init(logits: [Float], offsets: [Float], defaultBoxes: DefaultBoxes) {
    self.logits = logits
    self.offsets = offsets
    self.defaultBoxes = defaultBoxes
  }
}

extension PredictingDetector {
  public var givesPredictions: Bool { true }

  public func predictedDetections(
    in image: RGBImage
  ) throws -> (detections: [PixelDetection], predictions: Predictions) {
    (try detections(in: image), try predictions(for: image))
  }

  /// Explains a loss for one labelled image, as it is.
  ///
  /// - Parameters:
  ///   - image: of any size.
  ///   - groundTruth: its objects, in shares of the image, 0…1.
  ///   - loss: any loss of the heart.
  /// - Throws: an error where the network decodes its predictions itself, and for boxes that the
  ///   loss does not take.
  public func explanation(
    of image: RGBImage, groundTruth: [LabeledBox], loss: MultiBoxLoss
  ) throws -> LossExplanation {
    let predictions = try predictions(for: image)
    return try loss.explanation(
      logits: predictions.logits, offsets: predictions.offsets,
      defaultBoxes: predictions.defaultBoxes, groundTruth: groundTruth)
  }
}
