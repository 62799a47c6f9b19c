import Foundation
import MultiBox

/// Finds objects in what a raw package gives, with the decoder and the suppression of MultiBox.
///
/// Nothing of Apple's is needed here, so that this part is tested everywhere.
public struct RawDecoder: Sendable {
  /// The key of the description in a package's metadata.
  public static let metadataKey = "multibox"
  /// The lowest score that is shown of a class for which none was measured.
  private static let usualScore = 0.5

  private let classNames: [String]
  private let shownScores: [Double]
  private let decoder: DetectionDecoder

  /// Reads the description of a raw package.
  ///
  /// - Parameter json: the metadata entry ``metadataKey``.
  /// - Throws: `DecodingError` naming the key of what is missing; ``DetectorKitError`` for numbers
  ///   that are none of a detector's.
  public init(description json: String) throws {
    let description = try JSONDecoder().decode(Description.self, from: Data(json.utf8))
    let thresholds = description.thresholds
    guard (0...1).contains(thresholds.iou), thresholds.gaussianSigma ?? 1 > 0,
      thresholds.candidatesPerClass > 0, thresholds.maximumDetections > 0
    else { throw DetectorKitError(description: "thresholds: not those of a detector") }
    let best = thresholds.best?.scores ?? []
    classNames = description.classNames
    shownScores = description.classNames.indices.map { index in
      let score = index < best.count ? best[index] : nil
      return max(score ?? Self.usualScore, thresholds.score)
    }
    decoder = DetectionDecoder(
      DetectionDecoder.Configuration(
        scoreThreshold: thresholds.score, candidatesPerClass: thresholds.candidatesPerClass,
        suppression: NonMaximumSuppression(
          iouThreshold: thresholds.iou, gaussianSigma: thresholds.gaussianSigma),
        maximumDetections: thresholds.maximumDetections, scoreFunction: .identity))
  }

  /// Returns the objects of a picture by falling score.
  ///
  /// - Parameters:
  ///   - scores: `[D, K]`, the background first.
  ///   - boxes: `[D, 4]`: xMin, yMin, xMax, yMax in shares of the picture.
  ///   - size: width and height of the picture in pixels.
  ///   - lowestScore: the lowest score that is shown; nil: of each class the one that the package
  ///     names.
  /// - Throws: ``DetectorKitError`` where the numbers are not as many as the classes ask for.
  public func objects(
    scores: [Float], boxes: [Float], size: CGSize, lowestScore: Double? = nil
  ) throws -> [FoundObject] {
    let logitCount = classNames.count + 1
    let count = boxes.count / 4
    guard count > 0, boxes.count == count * 4, scores.count == count * logitCount else {
      throw DetectorKitError(
        description: "expected \(logitCount) scores for each of \(count) boxes, found"
          + " \(scores.count) for \(boxes.count) numbers")
    }
    let corners = (0..<count).map { index in
      let edges = boxes[index * 4..<index * 4 + 4].map { Double($0) }
      return Box(xMin: edges[0], yMin: edges[1], xMax: edges[2], yMax: edges[3])
    }
    let detections = try scores.withUnsafeBufferPointer {
      try decoder.decode(logits: $0, boxes: corners).detections
    }
    let (width, height) = (Double(size.width), Double(size.height))
    return detections.compactMap { detection in
      let index = detection.classIndex - 1
      guard detection.score >= lowestScore ?? shownScores[index] else { return nil }
      let box = detection.box
      return FoundObject(
        name: classNames[index], score: detection.score,
        box: CGRect(
          x: box.xMin * width, y: box.yMin * height, width: (box.xMax - box.xMin) * width,
          height: (box.yMax - box.yMin) * height))
    }
  }
}

/// The part of MultiBox's description of a detector that is needed behind the network.
private struct Description: Decodable {
  struct Thresholds: Decodable {
    struct Best: Decodable { let scores: [Double?] }
    let score, iou: Double
    let gaussianSigma: Double?
    let candidatesPerClass, maximumDetections: Int
    let best: Best?
  }
  let classNames: [String]
  let thresholds: Thresholds
}

/// A package, or what it gave, is not what `multibox export --format coreml` writes.
public struct DetectorKitError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One line for people.
  public let description: String
}
