import Foundation
import MultiBox

/// What a program must know about a detector besides its network, to run it: the metadata of its
/// ONNX file.
///
/// A JSON object; version 1. Outputs are raw heads, `logits` `[N, D, K]`, background first, and
/// `offsets` `[N, D, 4]`, cx, cy, w, h divided by the variances.
public struct DetectorDescription: Hashable, Sendable, Codable {
  /// How an image becomes the input.
  public struct Input: Hashable, Sendable, Codable {
    public var width: Int
    public var height: Int
    /// Of the channels in the input.
    public var channelOrder = "rgb"
    /// What happens where the image has another shape.
    public var resize = "stretch"
    public var filter = "antialiased-bilinear"
    public var normalization: ImageNormalization
  }

  /// The metadata's key in an ONNX file.
  public static let metadataKey = "multibox"

  public var version = 1
  public var name: String
  public var classNames: [String]
  public var input: Input
  /// Whether logits go through a softmax or through a sigmoid each.
  public var confidence: ConfidenceLoss
  public var defaultBoxes: DefaultBoxSpecification
  public var boxCoder: BoxCoder

  public init(
    name: String, classNames: [String], width: Int, height: Int,
    normalization: ImageNormalization, confidenceLoss: ConfidenceLoss,
    defaultBoxes: DefaultBoxSpecification, boxCoder: BoxCoder
  ) {
    self.name = name
    self.classNames = classNames
    input = Input(width: width, height: height, normalization: normalization)
    confidence = confidenceLoss
    self.defaultBoxes = defaultBoxes
    self.boxCoder = boxCoder
  }

  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
