import Detectors
import Foundation
import MultiBox
import NetworkInput
import TestSupport
import Testing

@testable import OpenVINODetector

struct DetectorTests {
  typealias D = DetectorDescription

  private static let rows = D.Outputs.rows(D.Rows(D.Output("rows")))

  private func writeRows(
    _ values: [Float] = [0, 1, 0.9, 0.25, 0.25, 0.75, 0.75], _ description: D? = nil,
    to path: String
  ) throws {
    try TinyModel.write(
      [("rows", [values.count / 7, 7], values)],
      description: (description ?? TinyModel.description(Self.rows)).json(), to: path)
  }

  @Test func throughputKeepsTheOrder() throws {
    try withFolder { folder in
      try writeRows(to: folder + "/m.onnx")
      let detector = try ModelDetector(folder + "/m.onnx", threadCount: 2, isForThroughput: true)
      var positions: [Int] = []
      try detector.forEachDetectedImage(
        count: 40, load: { TinyModel.image(width: 4 + $0, height: 8) },
        { detected in
          let (position, image, found) = (detected.position, detected.image, detected.detections)
          #expect(image.width == 4 + position)
          #expect(found.first?.box.width == Double(image.width) / 2)
          positions.append(position)
        })
      #expect(positions == Array(0..<40))
      try detector.forEachDetectedImage(
        count: 0, load: { _ in TinyModel.image(width: 1, height: 1) },
        { _ in Issue.record("a picture of none") })
    }
  }

  // What the processor multiplies stands in the kernel's list of its features.
  @Test(.enabled(if: processorFeatures != nil, "needs /proc/cpuinfo"))
  func itTellsThePrecisionThatItComputesIn() throws {
    let features = try #require(Self.processorFeatures)
    try withFolder { folder in
      try writeRows(to: folder + "/m.onnx")
      func computed(_ precision: Precision) throws -> Precision {
        try ModelDetector(folder + "/m.onnx", precision: precision, threadCount: 1).precision
      }
      #expect(try computed(.float32) == .float32)
      let bfloat16 = try computed(.bfloat16)
      #expect([.bfloat16, .float32].contains(bfloat16))
      if features.contains("avx512_bf16") || features.contains("amx_bf16") {
        #expect(bfloat16 == .bfloat16)
      }
      if features.contains("sse2"), !features.contains("avx512f"), !features.contains("avx_vnni") {
        #expect(bfloat16 == .float32)
      }
      let halves = ["avx512_fp16", "amx_fp16", "avx_ne_convert", "fphp"]
      if features.isDisjoint(with: halves) { #expect(try computed(.float16) != .float16) }
    }
  }

  private static let processorFeatures: Set<String>? = {
    let lines = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).split(separator: "\n")
    guard let line = lines?.first(where: { $0.hasPrefix("flags") || $0.hasPrefix("Features") })
    else { return nil }
    return Set(line.split(whereSeparator: \.isWhitespace).map(String.init))
  }()

  @Test func theFirstErrorEndsTheThroughput() throws {
    struct Broken: Error, Equatable { let position: Int }
    try withFolder { folder in
      try writeRows(to: folder + "/m.onnx")
      let detector = try ModelDetector(folder + "/m.onnx", threadCount: 2, isForThroughput: true)
      var count = 0
      #expect(throws: Broken(position: 7)) {
        try detector.forEachDetectedImage(
          count: 20,
          load: {
            if $0 >= 7 { throw Broken(position: $0) }
            return TinyModel.image(width: 8, height: 8)
          }, { _ in count += 1 })
      }
      #expect(count == 7)
    }
  }

  // 40 × 20 in a square: half the height is padding.
  @Test(arguments: [InputSpecification.Resize.letterbox, .letterboxTopLeft])
  func letterboxedBoxesAreInTheImage(resize: InputSpecification.Resize) throws {
    try withFolder { folder in
      try writeRows(
        [0, 1, 0.9, 0.25, 0.4, 0.75, 0.6] + [0, 2, 0.8, 0, 0, 1, 1],
        TinyModel.description(Self.rows, resize: resize), to: folder + "/m.onnx")
      let found = try ModelDetector(folder + "/m.onnx").detections(
        in: TinyModel.image(width: 40, height: 20))
      let top = resize == .letterbox ? 10.0 : 0
      try #require(found.count == 2)
      #expect(abs(found[0].box.xMin - 10) < 1e-5 && abs(found[0].box.xMax - 30) < 1e-5)
      #expect(abs(found[0].box.yMin - (16 - top)) < 1e-5)
      #expect(abs(found[0].box.yMax - min(24 - top, 20)) < 1e-5)
      // What reaches into the padding is cut.
      #expect(found[1].box == PixelBox(xMin: 0, yMin: 0, xMax: 40, yMax: 20))
    }
  }

  @Test func whatDoesNotFitIsNamed() throws {
    func model(_ change: (inout D) -> Void) -> D {
      var description = TinyModel.description(Self.rows)
      change(&description)
      return description
    }
    let cases: [(D, String)] = [
      (
        model { $0.input.width = 32 },
        "m.onnx: input: expected [1, 3, 10, 32] or [1, 10, 32, 3], found images: float32 [1, 3, 10, 10]"
      ),
      (
        model { $0.outputs = .rows(D.Rows(D.Output("boxes"))) },
        "m.onnx: output boxes: not found among rows"
      ),
      (
        model {
          $0.outputs = .boxes(
            D.DecodedBoxes(
              classes: D.Classes(D.Output("rows"), scoreFunction: .identity),
              boxes: D.Output("rows")))
        },
        "m.onnx: output rows: float32 [1, 7]: expected […, any, 4]"
      ),
    ]
    try withFolder { folder in
      for (description, message) in cases {
        try writeRows([0, 1, 0.9, 0, 0, 1, 1], description, to: folder + "/m.onnx")
        let error = #expect(throws: RuntimeError.self) {
          try ModelDetector(folder + "/m.onnx")
        }
        let text = error.map { "\($0)" }?.replacingOccurrences(of: folder + "/", with: "")
        #expect(text == message)
      }
    }
  }

  @Test func descriptionsAreReadFromFileNameOrModel() throws {
    try withFolder { folder in
      func message(_ source: String?) -> String {
        do {
          _ = try D.read(source, model: folder + "/m.onnx")
          return "read"
        } catch {
          return "\(error)".replacingOccurrences(of: folder, with: "F")
        }
      }
      try TinyModel.write(
        [("rows", [1, 7], [Float](repeating: 0, count: 7))], to: folder + "/m.onnx")
      #expect(
        message(nil)
          == "F/m.onnx: no multibox in its metadata; --description names a file or one of"
          + " ultraface, ssd-mobilenet-v1-coco-quant, blazeface, and multibox describe proposes one"
      )
      #expect(message("ultraface") == "read")
      #expect(
        message("other")
          == "other: no such file, and not one of ultraface, ssd-mobilenet-v1-coco-quant,"
          + " blazeface")
      let path = folder + "/d.json"
      let good = try TinyModel.description(Self.rows).json()
      for (from, to, expected) in [
        ("", "", "read"),
        ("\"version\":2", "\"version\":1", "F/d.json: version: expected 2, found 1"),
        (
          "\"score\":0.1", "\"score\":7",
          "F/d.json: thresholds.score: expected 0…1, found 7.0"
        ),
        ("\"resize\":\"stretch\"", "\"resize\":\"crop\"", "F/d.json: input.resize: "),
        ("\"score\":0.1", "\"score\":0.1,\"nms\":1", "F/d.json: thresholds.nms: no such key"),
        ("\"version\":2", "\"version\":2,\"labels\":[]", "F/d.json: labels: no such key"),
        ("\"version\":2", "\"version\":2,\"labels\":null", "read"),
        ("\"kind\":\"rows\"", "\"kind\":\"masks\"", "F/d.json: outputs.kind: "),
      ] {
        try Data(good.replacingOccurrences(of: from, with: to).utf8)
          .write(to: URL(fileURLWithPath: path))
        #expect(message(path).hasPrefix(expected), "\(message(path))")
      }
    }
  }

  /// The proposal runs the model that it was made of.
  @Test func inspectionProposesWhatRuns() throws {
    try withFolder { folder in
      let scores: [Float] = [0.1, 0.9, 0, 0.8, 0.1, 0.1]
      let corners: [Float] = [0.1, 0.1, 0.5, 0.5, 0.2, 0.2, 0.6, 0.9]
      try TinyModel.write(
        [("s", [1, 2, 3], scores), ("b", [1, 2, 4], corners)], to: folder + "/m.onnx")
      let inspection = try ModelInspection(model: folder + "/m.onnx")
      #expect(inspection.inputs.map(\.description) == ["images: float32 [1, 3, 10, 10]"])
      #expect(!inspection.carriesDescription && inspection.known.isEmpty)
      let description = try #require(inspection.description)
      #expect(description.classNames.count == 2)
      guard case .boxes(let boxes) = description.outputs else {
        Issue.record("\(description.outputs)")
        return
      }
      #expect(boxes.classes.hasBackground && boxes.classes.scoreFunction == .identity)
      try Data(description.json(isForPeople: true).utf8)
        .write(to: URL(fileURLWithPath: folder + "/d.json"))
      let found = try ModelDetector(folder + "/m.onnx", description: folder + "/d.json")
        .detections(in: TinyModel.image(width: 10, height: 10))
      #expect(found.first?.classIndex == 1)
      #expect(abs((found.first?.score ?? 0) - 0.9) < 1e-6)

      // Values outside 0…1 are logits, and corners out of order are offsets.
      try TinyModel.write(
        [
          ("s", [1, 2, 3], [4, -2, 0, 1, 1, -5]), ("b", [1, 2, 4], [1, 0, -1, 0, 0.5, 1, 0, -2]),
        ],
        to: folder + "/h.onnx")
      guard
        case .heads(let heads)? = try ModelInspection(model: folder + "/h.onnx").description?
          .outputs
      else {
        Issue.record("not heads")
        return
      }
      #expect(heads.classes.scoreFunction == .softmax && heads.offsets.name == "b")

      // Of one class without a background a softmax would be 1 for every box.
      try TinyModel.write(
        [("s", [1, 2, 1], [4, -2]), ("b", [1, 2, 4], [1, 0, -1, 0, 0.5, 1, 0, -2])],
        to: folder + "/o.onnx")
      let single = try ModelInspection(model: folder + "/o.onnx")
      guard case .heads(let ofOne)? = single.description?.outputs else {
        Issue.record("not heads")
        return
      }
      #expect(ofOne.classes.scoreFunction == .sigmoid && !ofOne.classes.hasBackground)
      #expect(single.remarks.contains("classNames: the name of the class"))

      try TinyModel.write([("x", [1, 5], [1, 2, 3, 4, 5])], to: folder + "/x.onnx")
      let other = try ModelInspection(model: folder + "/x.onnx")
      #expect(other.description == nil && other.remarks.count == 1)
    }
  }
}
