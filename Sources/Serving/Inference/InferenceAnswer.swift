import Foundation
import MultiBox

/// What a detector gives in the Open Inference Protocol: the detections of all images, one behind
/// the other, and how many each image has.
enum InferenceOutput: String, Sendable, CaseIterable {
  /// `INT32 [N]`: detections of each image.
  case counts
  /// `FP32 [M, 4]`: xMin, yMin, xMax, yMax in pixels of the image.
  case boxes
  /// `FP32 [M]`: 0…1, best first in each image.
  case scores
  /// `INT32 [M]`: numbers of the classes, from 1.
  case classes
  /// `BYTES [M]`: names of the classes.
  case labels

  /// The name of its elements' type.
  var datatype: String {
    switch self {
    case .counts, .classes: "INT32"
    case .boxes, .scores: "FP32"
    case .labels: "BYTES"
    }
  }

  /// The sizes that a model promises; −1 is free.
  var shape: [Int] { self == .boxes ? [-1, 4] : [-1] }
}

/// The answer to an ``InferenceRequest``.
struct InferenceAnswer: Encodable {
  private struct Tensor: Encodable {
    let name: String
    let datatype: String
    let shape: [Int]
    let data: Elements
  }

  private enum Elements: Encodable {
    case numbers([Float])
    case integers([Int])
    case texts([String])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .numbers(let values): try container.encode(values)
      case .integers(let values): try container.encode(values)
      case .texts(let values): try container.encode(values)
      }
    }
  }

  private let modelName: String
  private let id: String?
  private let outputs: [Tensor]

  private enum CodingKeys: String, CodingKey {
    case id, outputs
    case modelName = "model_name"
  }

  /// - Parameters:
  ///   - model: the model's name.
  ///   - id: of the request.
  ///   - outputs: that are asked for.
  ///   - detections: of each image, what is shown.
  ///   - classNames: names of the classes.
  init(
    model: String, id: String?, outputs: [InferenceOutput], detections: [[PixelDetection]],
    classNames: ClassNames
  ) {
    modelName = model
    self.id = id
    let all = detections.flatMap { $0 }
    self.outputs = outputs.map { output in
      let data: Elements =
        switch output {
        case .counts: .integers(detections.map(\.count))
        case .boxes:
          .numbers(
            all.flatMap { [$0.box.xMin, $0.box.yMin, $0.box.xMax, $0.box.yMax] }.map { Float($0) })
        case .scores: .numbers(all.map { Float($0.score) })
        case .classes: .integers(all.map(\.classIndex))
        case .labels: .texts(all.map { classNames[$0.classIndex] })
        }
      let count = output == .counts ? detections.count : all.count
      return Tensor(
        name: output.rawValue, datatype: output.datatype,
        shape: [count] + output.shape.dropFirst(), data: data)
    }
  }
}

/// What `GET /v2/models/NAME` says.
struct ModelMetadata: Encodable {
  /// The name of the only input.
  static let input = "image"

  private struct Port: Encodable {
    let name: String
    let datatype: String
    let shape: [Int]
  }

  private struct Parameters: Encodable {
    let classes: [String]
    let thresholds: [Double]
    let lowestThreshold: Double

    private enum CodingKeys: String, CodingKey {
      case classes, thresholds
      case lowestThreshold = "lowest_threshold"
    }
  }

  private let name: String
  private let versions: [String] = []
  private let platform = "multibox_detector"
  private let inputs = [Port(name: Self.input, datatype: "UINT8", shape: [-1, -1, -1, 3])]
  private let outputs = InferenceOutput.allCases.map {
    Port(name: $0.rawValue, datatype: $0.datatype, shape: $0.shape)
  }
  private let parameters: Parameters

  /// - Parameters:
  ///   - name: the model's name.
  ///   - classNames: names of its classes.
  ///   - shownScores: the score that each class is shown from.
  ///   - lowestScore: that the detector reports.
  init(name: String, classNames: ClassNames, shownScores: [Double], lowestScore: Double) {
    self.name = name
    parameters = Parameters(
      classes: Array(classNames), thresholds: shownScores, lowestThreshold: lowestScore)
  }
}
