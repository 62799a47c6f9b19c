import Detectors
import ImageFiles
import MultiBox
import NetworkInput
import OpenVINODetector
import TestSupport
import Testing

/// Detectors that others trained, beside what their own programs find.
struct OtherModelsTests {
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

    init() throws { self = try TestFiles().golden("ultraface") }
  }

  @Test(.enabled(if: SharedMaterial.has("models/ultraface"), "needs ../shared"))
  func facesAreThoseOfONNXRuntime() throws {
    let goldens = try UltraFace().detections
    #expect(goldens.count == 6)
    for expected in goldens {
      let detector = try ModelDetector(
        "\(SharedMaterial.folder)/models/ultraface/\(expected.model).onnx",
        description: "ultraface",
        threadCount: 2)
      let found = try detector.detections(
        in: ImageFile.read("\(SharedMaterial.folder)/images/\(expected.image)"))
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
  @Test(.enabled(if: SharedMaterial.has("models/ultraface"), "needs ../shared"))
  func inputIsPillowsResizedImage() throws {
    let description = try KnownDescription.ultraface.description
    let goldens = try UltraFace().inputs
    #expect(goldens.count == 3)
    for expected in goldens {
      let writer = InputTransform(description.input)
      var bytes = [UInt8](repeating: 0, count: 320 * 240 * 3)
      let image = try ImageFile.read("\(SharedMaterial.folder)/images/\(expected.image)")
      bytes.withUnsafeMutableBufferPointer { writer.write(image, .interleaved, to: $0) }
      let differences = zip(expected.positions, expected.values).map {
        abs(Int(bytes[$0]) - $1)
      }
      #expect(differences.count > 100 && differences.allSatisfy { $0 <= 1 })
      #expect(differences.count { $0 == 0 } * 100 >= differences.count * 98)
    }
  }

  @Test(.enabled(if: SharedMaterial.has(TensorFlowDetection.folder), "needs ../shared"))
  func cocoObjectsAreThoseOfTensorFlow() throws {
    let detector = try ModelDetector(
      SharedMaterial.path(TensorFlowDetection.folder + "/ssd_mobilenet_v1_coco_quant_heads.tflite"),
      description: "ssd-mobilenet-v1-coco-quant", threadCount: 2)
    #expect(detector.classNames[17] == "cat")
    var count = 0
    for (name, reference) in try TensorFlowDetection.byImage() {
      let image = try ImageFile.read("\(SharedMaterial.folder)/images/\(name)")
      let found = try detector.detections(in: image)
      for expected in reference where expected.score >= 0.5 {
        count += 1
        let box = expected.box.inPixels(width: image.width, height: image.height)
        #expect(
          found.contains {
            $0.classIndex == expected.classIndex && abs($0.score - expected.score) <= 0.05
              && $0.box.intersectionOverUnion(box) >= 0.9
          }, "\(name): \(expected)")
      }
    }
    #expect(count == 7)
  }
}
