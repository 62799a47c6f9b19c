import Foundation
import MultiBox
import NetworkInput

/// Everything that a program must know about a detector besides its network, to run it.
///
/// A JSON object, in the metadata of an ONNX file under ``metadataKey`` or in a file of its own.
/// docs/detector-description.md explains every key.
public struct DetectorDescription: Hashable, Sendable, Codable {
  /// The metadata's key in an ONNX file.
  public static let metadataKey = "multibox"
  /// The version of the schema. 1 knew only this project's own networks.
  public static let currentVersion = 2

  /// The version of the schema that the description has.
  public var version = Self.currentVersion
  /// The detector's name, for people.
  public var name: String
  /// Names of the classes; the background has none.
  public var classNames: ClassNames
  /// The way from an image to the network's input.
  public var input: InputSpecification
  /// The tensors that come out, and their meaning.
  public var outputs: Outputs
  /// The limits that detections must pass.
  public var thresholds: Thresholds
  /// The side of the tiles of larger images that it was trained on, in pixels of the image, for
  /// ``TiledDetector``; nil for whole images.
  public var tileSide: Int?

  /// Creates a description of the current version.
  ///
  /// - Parameters:
  ///   - name: the detector's, for people.
  ///   - classNames: of the classes; the background has none.
  ///   - input: the way from an image to the network's input.
  ///   - outputs: the tensors that come out.
  ///   - thresholds: the limits that detections must pass.
  ///   - tileSide: of the tiles that it was trained on; nil for whole images.
  public init(
    name: String, classNames: ClassNames, input: InputSpecification, outputs: Outputs,
    thresholds: Thresholds = Thresholds(), tileSide: Int? = nil
  ) {
    self.name = name
    self.classNames = classNames
    self.input = input
    self.outputs = outputs
    self.thresholds = thresholds
    self.tileSide = tileSide
  }

  /// The limits that detections must pass.
  public struct Thresholds: Hashable, Sendable, Codable {
    /// The lowest score that is kept.
    public var score: Double
    /// A box is dropped whose IoU with a better one of its class is above it.
    public var iou: Double
    /// The width σ of soft suppression, in place of `iou`; nil takes boxes away.
    public var gaussianSigma: Double?
    /// Best scores of a class that go on to suppression.
    public var candidatesPerClass: Int
    /// Best detections of an image that are kept; with ``classesPerBox`` the best boxes.
    public var maximumDetections: Int
    /// The number of classes that a box is reported with where boxes suppress each other whatever
    /// their classes; nil suppresses within each class.
    public var classesPerBox: Int?
    /// The score of each class from which its detections are best shown; nil where none was
    /// measured.
    public var best: BestThresholds?

    /// Creates limits; without arguments they are the usual ones.
    public init(
      score: Double = 0.01, iou: Double = 0.45, candidatesPerClass: Int = 400,
      maximumDetections: Int = 200, classesPerBox: Int? = nil, gaussianSigma: Double? = nil,
      best: BestThresholds? = nil
    ) {
      self.score = score
      self.iou = iou
      self.candidatesPerClass = candidatesPerClass
      self.maximumDetections = maximumDetections
      self.classesPerBox = classesPerBox
      self.gaussianSigma = gaussianSigma
      self.best = best
    }

    /// The widths of soft suppression that a file may have: others leave all scores or none.
    package static let sigmas = 0.001...1000.0
  }

  /// Returns the JSON.
  ///
  /// - Parameter isForPeople: lays it out in lines; else it is one line, for metadata.
  public func json(isForPeople: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isForPeople { encoder.outputFormatting.insert(.prettyPrinted) }
    let text = String(decoding: try encoder.encode(self), as: UTF8.self)
    // Lists of numbers and names on one line: breaks are never inside a string.
    return text.replacing(/\[\n[^\[\]{}]*\]/) { list in
      let items = list.output.dropFirst().dropLast().split(separator: "\n")
        .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      return "[\(items.joined(separator: " "))]"
    }
  }
}
