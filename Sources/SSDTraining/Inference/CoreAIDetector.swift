import Detectors
import Files
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import NetworkInput

/// A Core AI asset that finds objects where Core AI is not: Apple's interpreter computes it, for a
/// check of what was written, in seconds an image.
///
/// May be used from several threads; calls compute one after the other.
public final class CoreAIDetector: PredictingDetector, @unchecked Sendable {
  // Unchecked: the counts are behind a lock, the interpreter has its own.

  /// Its classes, input, outputs and thresholds, as the asset says them.
  public let description: DetectorDescription
  public var classNames: ClassNames { description.classNames }
  public let scoreThreshold: Double
  public var bestThresholds: BestThresholds? { description.thresholds.best }
  public var tileSide: Int? { description.tileSide }

  private let path: String
  private let interpreter: CoreAIInterpreter
  private let transform: InputTransform
  private let defaultBoxes: DefaultBoxes
  private let decoder: DetectionDecoder
  private let lock = NSLock()
  private var droppedSoFar = DroppedDetections()

  /// Starts the interpreter with an asset.
  ///
  /// - Parameters:
  ///   - path: of an asset that `RunFolder.exportCoreAI(to:with:)` wrote.
  ///   - environment: where the interpreter lies.
  ///   - scoreThreshold: the lowest score that is kept; nil takes the description's.
  /// - Throws: `FileError` naming the asset.
  public init(
    _ path: String, environment: CoreAIEnvironment, scoreThreshold: Double? = nil
  ) throws {
    let text = try CoreAIAsset.metadata(of: path)[DetectorDescription.metadataKey]
    guard let text else {
      throw FileError(
        path: path,
        reason: "no \(DetectorDescription.metadataKey) in its metadata, as export writes")
    }
    let description = try DetectorDescription(json: Data(text.utf8), path: "\(path): metadata")
    guard case .heads(let heads) = description.outputs else {
      throw FileError(path: path, reason: "expected logits and offsets, found other outputs")
    }
    self.path = path
    self.description = description
    self.scoreThreshold = scoreThreshold ?? description.thresholds.score
    transform = InputTransform(description.input)
    defaultBoxes = try heads.defaultBoxes.defaultBoxes(in: path.parentFolder, model: path)
    decoder = DetectionDecoder(description.decoding(scoreThreshold: scoreThreshold))
    interpreter = try CoreAIInterpreter(
      path, outputs: [heads.classes.output.name, heads.offsets.name], environment: environment)
  }

  public var dropped: DroppedDetections { lock.withLock { droppedSoFar } }

  public func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    try images.map { try predictedDetections(in: $0).detections }
  }

  public func predictions(for image: RGBImage) throws -> Predictions {
    let input = [Float](unsafeUninitializedCapacity: transform.valueCount) { buffer, count in
      count = transform.valueCount
      transform.write(
        image, .planar, to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
    let outputs = try interpreter.outputs(of: input)
    let expected = [classNames.count + 1, 4].map { [1, defaultBoxes.count, $0] }
    guard outputs.map(\.shape) == expected else {
      throw FileError(
        path: path, reason: "outputs: expected \(expected), found \(outputs.map(\.shape))")
    }
    return Predictions(
      logits: outputs[0].values, offsets: outputs[1].values, defaultBoxes: defaultBoxes)
  }

  public func predictedDetections(
    in image: RGBImage
  ) throws -> (detections: [PixelDetection], predictions: Predictions) {
    let predictions = try predictions(for: image)
    let found = try decoder.decode(
      logits: predictions.logits, offsets: predictions.offsets, defaultBoxes: defaultBoxes)
    lock.withLock { droppedSoFar.add(found) }
    return (
      transform.placed(found.detections, width: image.width, height: image.height), predictions
    )
  }
}
