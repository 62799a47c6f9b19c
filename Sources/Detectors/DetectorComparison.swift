import Datasets
import Files
import Foundation
import ImageFiles
import MultiBox

/// The largest distance of what two computations of a network give for the same images.
public struct PredictionDifference: Hashable, Sendable {
  /// The largest absolute difference of a logit; infinite where one of both is not finite, and they
  /// are not the same.
  public private(set) var logits: Float = 0
  /// The largest absolute difference of an offset, as ``logits``.
  public private(set) var offsets: Float = 0

  /// Creates the difference of nothing.
  public init() {}

  /// Takes what both give for one image.
  ///
  /// - Parameters:
  ///   - one: of the one computation.
  ///   - other: of the other.
  ///   - name: what the error calls the other one, as a path.
  /// - Throws: `FileError` where their numbers of logits or offsets are not the same.
  public mutating func add(
    _ one: Predictions, _ other: Predictions, of name: String
  ) throws(FileError) {
    guard one.logits.count == other.logits.count, one.offsets.count == other.offsets.count else {
      throw FileError(
        path: name,
        reason: "expected \(one.logits.count) logits and \(one.offsets.count) offsets of an image,"
          + " found \(other.logits.count) and \(other.offsets.count)")
    }
    logits = max(logits, Self.largest(one.logits, other.logits))
    offsets = max(offsets, Self.largest(one.offsets, other.offsets))
  }

  private static func largest(_ one: [Float], _ other: [Float]) -> Float {
    var largest: Float = 0
    for (a, b) in zip(one, other) where a != b {
      // NaN is no distance, and larger than none.
      let distance = (a - b).magnitude
      largest = max(largest, distance.isFinite ? distance : .infinity)
    }
    return largest
  }
}

/// A network and other forms of it, as a file that another engine runs, on the same images.
///
/// Each image is decoded once, and each form computes it once. With a ``Tiling`` the forms look at
/// the same tiles, and the differences are those of the tiles too.
public struct DetectorComparison {
  /// A form of the network.
  public struct Form: Sendable {
    /// Computes the form.
    public let detector: any PredictingDetector
    /// What an error calls it, as a path.
    public let name: String
    /// Whether its logits and offsets are compared: a form that decodes by itself gives none.
    public let givesPredictions: Bool

    /// Creates a form.
    ///
    /// - Parameters:
    ///   - detector: computes it; of the classes of the network.
    ///   - name: what an error calls it, as a path.
    ///   - givesPredictions: false for a form that decodes by itself.
    public init(_ detector: any PredictingDetector, name: String, givesPredictions: Bool = true) {
      self.detector = detector
      self.name = name
      self.givesPredictions = givesPredictions
    }
  }

  /// What a form found, and how far it is from the network.
  public struct Result: Sendable {
    /// Objects and detections of each image, in the order of the dataset.
    public let images: [EvaluationImage]
    /// How far its logits and offsets are from the network's; nil where it gives none.
    public let difference: PredictionDifference?
  }

  private let network: any PredictingDetector
  private let forms: [Form]
  private let tiling: Tiling?

  /// Creates a comparison.
  ///
  /// - Parameters:
  ///   - network: what the forms are compared with.
  ///   - forms: other forms of the network.
  ///   - tiling: the tiles that all of them look at too; nil looks at whole images alone.
  public init(of network: any PredictingDetector, with forms: [Form], tiling: Tiling? = nil) {
    self.network = network
    self.forms = forms
    self.tiling = tiling
  }

  /// Finds the objects in all images by the network and by each form.
  ///
  /// - Parameters:
  ///   - dataset: labelled images, of the network's classes.
  ///   - observe: called with the number of images done and of all; what it throws ends the work.
  /// - Returns: what the network found, and what each form.
  /// - Throws: `FileError` naming a form of other classes, or of other numbers of logits or
  ///   offsets; `ImageError` naming an image; what a detector or `observe` throws.
  public func results(
    on dataset: DetectionDataset, observe: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> (network: [EvaluationImage], forms: [Result]) {
    for form in forms where form.detector.classNames != network.classNames {
      throw FileError(
        path: form.name,
        reason: "expected the classes \(network.classNames.joined(separator: ", ")), found"
          + " \(form.detector.classNames.joined(separator: ", "))")
    }
    let together = AccompaniedDetector(network, by: forms)
    let whole = tiled(together)
    var found: [EvaluationImage] = []
    var ofForms: [[EvaluationImage]] = forms.map { _ in [] }
    try whole.forEachDetectedImage(
      count: dataset.images.count, load: { try dataset.images[$0].pixels() },
      { detected in
        let objects = dataset.images[detected.position].evaluationObjects
        func image(_ detections: [PixelDetection]) -> EvaluationImage {
          EvaluationImage(objects: objects, detections: detections.map { EvaluationDetection($0) })
        }
        found.append(image(detected.detections))
        for (index, parts) in together.takeFound().enumerated() {
          let repeated = RepeatingDetector(classNames: network.classNames, parts)
          ofForms[index].append(image(try tiled(repeated).detections(in: detected.image)))
        }
        try observe(found.count, dataset.images.count)
      })
    let differences = together.differences
    return (
      found,
      forms.indices.map { index in
        Result(
          images: ofForms[index],
          difference: forms[index].givesPredictions ? differences[index] : nil)
      }
    )
  }

  private func tiled(_ detector: some ObjectDetector) -> any ObjectDetector {
    guard let tiling else { return detector }
    return TiledDetector(detector, tiling: tiling)
  }
}

/// The network. Its forms compute each image and each tile that it is given, and what they find is
/// kept until it is taken.
private final class AccompaniedDetector: ObjectDetector, @unchecked Sendable {
  // Unchecked: what changes is touched under the lock alone.

  let classNames: ClassNames
  private let network: any PredictingDetector
  private let forms: [DetectorComparison.Form]
  private let needsPredictions: Bool
  private let lock = NSLock()
  private var found: [[[PixelDetection]]]
  private var differencesSoFar: [PredictionDifference]

  init(_ network: any PredictingDetector, by forms: [DetectorComparison.Form]) {
    classNames = network.classNames
    self.network = network
    self.forms = forms
    needsPredictions = forms.contains(where: \.givesPredictions)
    found = forms.map { _ in [] }
    differencesSoFar = forms.map { _ in PredictionDifference() }
  }

  var differences: [PredictionDifference] { lock.withLock { differencesSoFar } }

  /// Returns what each form has found, by image and tile as they came, and forgets it.
  func takeFound() -> [[[PixelDetection]]] {
    lock.withLock {
      defer { found = forms.map { _ in [] } }
      return found
    }
  }

  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    guard needsPredictions else {
      for (index, form) in forms.enumerated() {
        let detections = try form.detector.detections(in: images)
        lock.withLock { found[index] += detections }
      }
      return try network.detections(in: images)
    }
    return try images.map { image in
      let own = try network.predictedDetections(in: image)
      for (index, form) in forms.enumerated() {
        guard form.givesPredictions else {
          let detections: [PixelDetection] = try form.detector.detections(in: image)
          lock.withLock { found[index].append(detections) }
          continue
        }
        let other = try form.detector.predictedDetections(in: image)
        try lock.withLock {
          found[index].append(other.detections)
          try differencesSoFar[index].add(own.predictions, other.predictions, of: form.name)
        }
      }
      return own.detections
    }
  }
}

/// Gives what was found before, image by image in the same order: a ``TiledDetector`` asks for the
/// same tiles again and merges.
private final class RepeatingDetector: ObjectDetector, @unchecked Sendable {
  // Unchecked: what is left is touched under the lock alone.

  let classNames: ClassNames
  private let lock = NSLock()
  private var rest: ArraySlice<[PixelDetection]>

  init(classNames: ClassNames, _ found: [[PixelDetection]]) {
    self.classNames = classNames
    rest = found[...]
  }

  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    lock.withLock {
      defer { rest = rest.dropFirst(images.count) }
      return Array(rest.prefix(images.count))
    }
  }
}
