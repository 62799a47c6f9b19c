import Detectors
import Foundation
import ImageFiles
import MultiBox

/// What a detector gives in the Open Inference Protocol: the detections of all images, one behind
/// the other, and how many each image has; and what its network computed, where that is asked for.
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
  /// `FP32 [N, D, K]`: the network's logits, background first.
  case logits
  /// `FP32 [N, D, 4]`: the network's offsets, cx, cy, w, h, relative to the default boxes.
  case offsets

  /// The outputs of a request that asks for none: those that are not the network's own, which are
  /// a megabyte and more.
  static let usual = allCases.filter { !$0.isRaw }

  /// The network's own output, not decoded.
  var isRaw: Bool { self == .logits || self == .offsets }

  /// The name of its elements' type.
  var datatype: String {
    switch self {
    case .counts, .classes: "INT32"
    case .boxes, .scores, .logits, .offsets: "FP32"
    case .labels: "BYTES"
    }
  }

  /// The sizes that a model promises; −1 is free.
  ///
  /// - Parameter raw: the sizes of the network's own output.
  func shape(_ raw: RawShape?) -> [Int] {
    switch self {
    case .counts, .scores, .classes, .labels: [-1]
    case .boxes: [-1, 4]
    case .logits: [-1, raw?.boxCount ?? -1, raw?.logitCount ?? -1]
    case .offsets: [-1, raw?.boxCount ?? -1, 4]
    }
  }
}

/// The sizes of a network's output for an image, where it is one that the loss is computed from.
struct RawShape: Hashable, Sendable {
  /// D, the default boxes.
  let boxCount: Int
  /// K, the logits of each.
  let logitCount: Int

  /// The bytes of an image's logits and offsets.
  var byteCount: Int { boxCount * (logitCount + 4) * MemoryLayout<Float>.size }

  /// Computes an image with a detector; nil where it does not give what its network computes.
  ///
  /// - Throws: what the detector throws: it would fail on every image.
  init?(of detector: any ObjectDetector) throws {
    guard let detector = detector as? any PredictingDetector, detector.givesPredictions else {
      return nil
    }
    let found = try detector.predictions(
      for: RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 192)))
    guard found.defaultBoxes.count > 0 else { return nil }
    boxCount = found.defaultBoxes.count
    logitCount = found.logits.count / boxCount
  }
}

/// The answer to an ``InferenceRequest``.
struct InferenceAnswer {
  /// What was found in an image.
  struct Image: Sendable {
    /// What is shown.
    let detections: [PixelDetection]
    /// What the network computed, where that was asked for.
    var predictions: Predictions?
  }

  private struct Head: Encodable {
    let id: String?
    let modelName: String
    let outputs: [Tensor]

    private enum CodingKeys: String, CodingKey {
      case id, outputs
      case modelName = "model_name"
    }
  }

  private struct Tensor: Encodable {
    struct Parameters: Encodable {
      let size: Int
      private enum CodingKeys: String, CodingKey { case size = "binary_data_size" }
    }

    let name: String
    let datatype: String
    let shape: [Int]
    /// Nil where they stand behind the JSON.
    var data: Elements?
    var parameters: Parameters?
  }

  private enum Elements: Encodable {
    case numbers([Float])
    case integers([Int32])
    case texts([String])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .numbers(let values): try container.encode(values)
      case .integers(let values): try container.encode(values)
      case .texts(let values): try container.encode(values)
      }
    }

    /// As the extension for binary data has them: the lowest byte first, and before each text its
    /// length in 4 bytes.
    var bytes: Data {
      var bytes = Data()
      switch self {
      case .numbers(let values):
        for value in values { bytes.append(littleEndian: value.bitPattern) }
      case .integers(let values):
        for value in values { bytes.append(littleEndian: UInt32(bitPattern: value)) }
      case .texts(let values):
        for value in values {
          bytes.append(littleEndian: UInt32(value.utf8.count))
          bytes.append(contentsOf: value.utf8)
        }
      }
      return bytes
    }
  }

  private let head: Head
  private let binary: Data
  private let isBinary: Bool

  /// - Parameters:
  ///   - model: the model's name.
  ///   - request: what was asked.
  ///   - images: what was found, with predictions where one of the outputs is raw.
  ///   - classNames: names of the classes.
  init(
    model: String, to request: InferenceRequest, images: [Image], classNames: ClassNames
  ) {
    var binary = Data()
    let outputs = request.outputs.map { asked in
      var tensor = Self.tensor(asked.output, images, classNames)
      if asked.isBinary, let bytes = tensor.data?.bytes {
        tensor.data = nil
        tensor.parameters = Tensor.Parameters(size: bytes.count)
        binary += bytes
      }
      return tensor
    }
    head = Head(id: request.id, modelName: model, outputs: outputs)
    self.binary = binary
    isBinary = request.outputs.contains(where: \.isBinary)
  }

  private static func tensor(
    _ output: InferenceOutput, _ images: [Image], _ classNames: ClassNames
  ) -> Tensor {
    let all = images.flatMap(\.detections)
    let raw = images.compactMap(\.predictions)
    let boxCount = raw.first?.defaultBoxes.count ?? 0
    let (shape, data): ([Int], Elements) =
      switch output {
      case .counts: ([images.count], .integers(images.map { Int32($0.detections.count) }))
      case .boxes:
        (
          [all.count, 4],
          .numbers(
            all.flatMap { [$0.box.xMin, $0.box.yMin, $0.box.xMax, $0.box.yMax] }.map { Float($0) })
        )
      case .scores: ([all.count], .numbers(all.map { Float($0.score) }))
      case .classes: ([all.count], .integers(all.map { Int32($0.classIndex) }))
      case .labels: ([all.count], .texts(all.map { classNames[$0.classIndex] }))
      case .logits:
        (
          [raw.count, boxCount, (raw.first?.logits.count ?? 0) / max(boxCount, 1)],
          .numbers(raw.flatMap(\.logits))
        )
      case .offsets: ([raw.count, boxCount, 4], .numbers(raw.flatMap(\.offsets)))
      }
    return Tensor(name: output.rawValue, datatype: output.datatype, shape: shape, data: data)
  }

  /// The answer of HTTP.
  ///
  /// - Throws: ``Refusal`` where JSON has no number for what the network computed.
  func answer() throws(Refusal) -> HTTPAnswer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json: Data
    do {
      json = try encoder.encode(head)
    } catch {
      throw Refusal(
        .invalid,
        "outputs: JSON has no number for what is not finite; with binary_data they can be had")
    }
    guard isBinary else {
      return HTTPAnswer(status: 200, type: MediaType.json.name, body: json + Data("\n".utf8))
    }
    return HTTPAnswer(
      status: 200, type: MediaType.bytes.name,
      headers: [HTTPHeader(InferenceBody.jsonLength, "\(json.count)")], body: json + binary)
  }
}

/// A body of the protocol with binary data.
enum InferenceBody {
  /// The header that says how many bytes of it are JSON.
  static let jsonLength = "inference-header-content-length"
  /// The protocol's name of the extension.
  static let extensionName = "binary_tensor_data"
}

extension Data {
  fileprivate mutating func append(littleEndian value: UInt32) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
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
  private let outputs: [Port]
  private let parameters: Parameters

  /// - Parameters:
  ///   - name: the model's name.
  ///   - classNames: names of its classes.
  ///   - shownScores: the score that each class is shown from.
  ///   - lowestScore: that the detector reports.
  ///   - raw: the sizes of the network's own output; nil where it cannot be had.
  init(
    name: String, classNames: ClassNames, shownScores: [Double], lowestScore: Double,
    raw: RawShape?
  ) {
    self.name = name
    outputs = (raw == nil ? InferenceOutput.usual : InferenceOutput.allCases).map {
      Port(name: $0.rawValue, datatype: $0.datatype, shape: $0.shape(raw))
    }
    parameters = Parameters(
      classes: Array(classNames), thresholds: shownScores, lowestThreshold: lowestScore)
  }
}
