import Detectors
import Files
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import OpenVINODetector
import TestSupport
import Testing

/// Models that end in `TFLite_Detection_PostProcess`, beside LiteRT.
///
/// Scripts/goldens/detection_operator.py: ai-edge-litert 2.3.0, Pillow 13.0.0.
struct DetectionOperatorTests {
  private struct Golden: Decodable {
    struct Found: Decodable {
      let image: String
      let classes: [Int]
      let scores: [Double]
      let boxes: [[Double]]
    }
    let litert: String
    let models: [String: [Found]]
  }

  private static let heads =
    "models/ssd_mobilenet_v1_coco/ssd_mobilenet_v1_coco_quant_heads.tflite"

  /// Puts a model together from the shared one.
  static func model(_ name: String, in folder: String) throws -> String {
    let source = try Data(contentsOf: URL(fileURLWithPath: SharedMaterial.path(heads)))
    var result = Data()
    let patch = try String(decoding: TestFiles().data("Fixtures/\(name).patch"), as: UTF8.self)
    for line in patch.split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts[0] == "copy" {
        let (offset, count) = try (#require(Int(parts[1])), #require(Int(parts[2])))
        result.append(source[offset..<offset + count])
      } else if parts.count > 1 {
        result.append(try #require(Data(base64Encoded: String(parts[1]))))
      }
    }
    let path = "\(folder)/\(name).tflite"
    try result.write(to: URL(fileURLWithPath: path))
    return path
  }

  // From a score of ½ on both find the same: class, IoU ≥ .9, score within .05. Below, scores of
  // 8 bit are so often equal, and the two runtimes' sums so nearly, that of two overlapping boxes
  // one keeps this and the other that: nine of ten.
  @Test(
    .enabled(if: SharedMaterial.has("models/ssd_mobilenet_v1_coco"), "needs ../shared"),
    arguments: ["quantised", "regular", "float"])
  func objectsAreThoseOfLiteRT(name: String) throws {
    let golden: Golden = try TestFiles().golden("detection-operator")
    try withFolder { folder in
      let detector = try ModelDetector(Self.model(name, in: folder), threadCount: 2)
      let expected = try #require(golden.models[name])
      #expect(expected.count == 6)
      var counts = (sure: 0, all: 0, found: 0)
      for expected in expected {
        let image = try ImageFile.read("\(SharedMaterial.folder)/images/\(expected.image)")
        let found = try detector.detections(in: image)
        let reference = zip(expected.classes, zip(expected.scores, expected.boxes)).map {
          classIndex, rest in
          PixelDetection(
            box: Box(
              xMin: rest.1[1], yMin: rest.1[0], xMax: rest.1[3], yMax: rest.1[2]
            ).clipped().inPixels(width: image.width, height: image.height),
            classIndex: classIndex + 1, score: rest.0)
        }
        func isAmong(_ detection: PixelDetection, _ others: [PixelDetection]) -> Bool {
          others.contains {
            $0.classIndex == detection.classIndex && abs($0.score - detection.score) <= 0.05
              && $0.box.intersectionOverUnion(detection.box) >= 0.9
          }
        }
        for detection in reference where detection.score >= 0.25 {
          let isFound = isAmong(detection, found)
          counts.all += 1
          if isFound { counts.found += 1 }
          if detection.score >= 0.5 {
            counts.sure += 1
            #expect(isFound, "\(expected.image): \(detection)")
          }
        }
        for detection in found where detection.score >= 0.5 {
          #expect(isAmong(detection, reference), "\(expected.image): \(detection)")
        }
      }
      #expect(counts.sure >= 10)
      #expect(counts.found * 10 >= counts.all * 9, "\(counts)")
    }
  }

  @Test func labelsAndAssumptionsAreTold() throws {
    let path = ThisPackage.root + "/Tests/ModelFilesTests/Fixtures/small.tflite"
    let detector = try ModelDetector(path, threadCount: 1)
    #expect(Array(detector.classNames) == ["one", "two"])
    #expect(detector.remarks.isEmpty)
    let golden: Golden = try TestFiles().golden("detection-operator")
    let expected = try #require(golden.models["small"]?.first)
    let found = try detector.detections(in: TinyModel.image(width: 100, height: 100))
    // LiteRT reports the second class of a box below the threshold of .2 too.
    let kept = expected.scores.indices.filter { expected.scores[$0] >= 0.2 }
      .sorted { expected.scores[$0] > expected.scores[$1] }
    #expect(kept.count == 5 && expected.scores.count == 6)
    try #require(found.count == kept.count)
    for (found, index) in zip(found, kept) {
      #expect(found.classIndex == expected.classes[index] + 1)
      #expect(abs(found.score - expected.scores[index]) < 1e-6)
      let corners = [found.box.yMin, found.box.xMin, found.box.yMax, found.box.xMax]
      for (own, other) in zip(corners, expected.boxes[index]) {
        #expect(abs(own / 100 - other) < 1e-6)
      }
    }
    let inspection = try ModelInspection(model: path)
    #expect(inspection.carriesDescription && inspection.description == detector.description)
    #expect(inspection.outputs.map(\.name) == ["offsets", "scores"])
  }

  // A model under another name, which OpenVINO alone would not read, and its description in a file.
  @Test func theWrittenDescriptionFindsTheModelsDefaultBoxes() throws {
    let path = ThisPackage.root + "/Tests/ModelFilesTests/Fixtures/small.tflite"
    try withFolder { folder in
      try FileManager.default.copyItem(atPath: path, toPath: folder + "/model.lite")
      let description = try #require(try ModelInspection(model: path).description)
      try Data(description.json().utf8).write(to: URL(fileURLWithPath: folder + "/d.json"))
      let image = TinyModel.image(width: 50, height: 40)
      let found = try ModelDetector(folder + "/model.lite", description: folder + "/d.json")
        .detections(in: image)
      #expect(found.count == 5)
      #expect(try found == ModelDetector(path).detections(in: image))
    }
  }
}
