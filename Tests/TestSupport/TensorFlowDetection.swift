import Foundation
import MultiBox

/// What TensorFlow's own runtime, 8 bits everywhere, finds with the model of ``folder``: the
/// reference beside it.
public struct TensorFlowDetection: Decodable {
  /// 1…; the file counts from 0.
  public let classIndex: Int
  public let score: Double
  /// In shares of the image, without what lies outside of it.
  public let box: Box

  /// The model's folder in the shared material.
  public static let folder = "models/ssd_mobilenet_v1_coco"

  private enum CodingKeys: String, CodingKey {
    case cls, score
    case corners = "box_yxyx"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    classIndex = try container.decode(Int.self, forKey: .cls) + 1
    score = try container.decode(Double.self, forKey: .score)
    let corners = try container.decode([Double].self, forKey: .corners)
    box = Box(xMin: corners[1], yMin: corners[0], xMax: corners[3], yMax: corners[2]).clipped()
  }

  /// Reads those of each image by its name.
  public static func byImage() throws -> [String: [TensorFlowDetection]] {
    let path = SharedMaterial.path(folder + "/reference_detections.json")
    return try JSONDecoder().decode(
      [String: [TensorFlowDetection]].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
