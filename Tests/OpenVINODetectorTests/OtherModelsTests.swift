import Detectors
import Foundation
import ImageFiles
import MultiBox
import NetworkInput
import OpenVINODetector
import Testing

/// Detectors that others trained, beside what their own programs find.
struct OtherModelsTests {
  private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  private static let shared = here.appendingPathComponent("../../../shared").standardizedFileURL
    .path
  static let hasModels = FileManager.default.fileExists(atPath: shared + "/models/ultraface")

  /// Scripts/goldens/ultraface.py: ONNX Runtime 1.32.0, Pillow 13.0.0.
  private struct UltraFace: Decodable {
    struct Input: Decodable {
      let image: String
      let positions: [Int]
      let values: [Int]
    }
    struct Found: Decodable {
      let model, image: String
      let scores: [Double]
      let boxes: [[Double]]
    }
    let inputs: [Input]
    let detections: [Found]

    init() throws {
      let file = OtherModelsTests.here.appendingPathComponent("Goldens/ultraface.json")
      self = try JSONDecoder().decode(UltraFace.self, from: Data(contentsOf: file))
    }
  }

  @Test(.enabled(if: hasModels, "needs ../shared")) func facesAreThoseOfONNXRuntime() throws {
    for expected in try UltraFace().detections {
      let detector = try ModelDetector(
        "\(Self.shared)/models/ultraface/\(expected.model).onnx", description: "ultraface",
        threadCount: 2)
      let found = try detector.detections(
        in: ImageFile.read("\(Self.shared)/images/\(expected.image)"))
      #expect(found.count == expected.scores.count, "\(expected.model) \(expected.image)")
      for (score, corners) in zip(expected.scores, expected.boxes) {
        // By place, because nearly equal scores may change places.
        let distance = found.map { detection in
          let box = detection.box
          return zip([box.xMin, box.yMin, box.xMax, box.yMax], corners)
            .map { abs($0 - $1) }.reduce(0, max)
        }
        let nearest = try #require(distance.indices.min { distance[$0] < distance[$1] })
        #expect(distance[nearest] <= 0.5, "\(expected.model) \(expected.image) \(corners)")
        #expect(abs(found[nearest].score - score) < 0.01)
      }
    }
  }

  // Within one grey level; nearly all are the same.
  @Test(.enabled(if: hasModels, "needs ../shared")) func inputIsPillowsResizedImage() throws {
    let description = try KnownDescription.ultraface.description
    for expected in try UltraFace().inputs {
      let writer = InputTransform(description.input)
      var bytes = [UInt8](repeating: 0, count: 320 * 240 * 3)
      let image = try ImageFile.read("\(Self.shared)/images/\(expected.image)")
      bytes.withUnsafeMutableBufferPointer { writer.write(image, .interleaved, to: $0) }
      let differences = zip(expected.positions, expected.values).map {
        abs(Int(bytes[$0]) - $1)
      }
      #expect(differences.allSatisfy { $0 <= 1 })
      #expect(differences.count { $0 == 0 } * 100 >= differences.count * 98)
    }
  }

  /// The reference beside the model: TensorFlow's own runtime.
  private struct Reference: Decodable {
    let cls: Int
    let score: Double
    let box: [Double]

    private enum CodingKeys: String, CodingKey {
      case cls, score
      case box = "box_yxyx"
    }
  }

  @Test(.enabled(if: hasModels, "needs ../shared")) func cocoObjectsAreThoseOfTensorFlow() throws {
    let folder = Self.shared + "/models/ssd_mobilenet_v1_coco"
    let references = try JSONDecoder().decode(
      [String: [Reference]].self,
      from: Data(contentsOf: URL(fileURLWithPath: folder + "/reference_detections.json")))
    let detector = try ModelDetector(
      folder + "/ssd_mobilenet_v1_coco_quant_heads.tflite",
      description: "ssd-mobilenet-v1-coco-quant", threadCount: 2)
    #expect(detector.classNames[17] == "cat")
    var count = 0
    for (name, reference) in references {
      let image = try ImageFile.read("\(Self.shared)/images/\(name)")
      let found = try detector.detections(in: image)
      for expected in reference where expected.score >= 0.5 {
        count += 1
        let corners = expected.box
        let box = Box(xMin: corners[1], yMin: corners[0], xMax: corners[3], yMax: corners[2])
          .clipped().inPixels(width: image.width, height: image.height)
        #expect(
          found.contains {
            $0.classIndex == expected.cls + 1 && abs($0.score - expected.score) <= 0.05
              && $0.box.intersectionOverUnion(box) >= 0.9
          }, "\(name): \(expected)")
      }
    }
    #expect(count == 7)
  }
}
