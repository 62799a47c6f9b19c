import Foundation
import ModelFiles
import MultiBox
import NetworkGraphs
import TestSupport
import Testing

/// Computed by Scripts/check_coreml.py; expected numbers by hand.
struct CoreMLWriterTests {
  /// A picture of four pixels, each of which is a default box: red, green and blue are its logits,
  /// and red moves it to the right.
  private func graph(
    _ function: ScoreFunction, classCount: Int = 2
  ) throws -> NetworkGraph {
    let plain = NetworkGraph(
      name: "pixels", inputs: [NetworkGraph.Value("images", shape: [3, 2, 2])],
      nodes: [
        .init(.permute([0, 2, 3, 1]), ["images"], output: "pixels"),
        .init(.reshape([-1, 3]), ["pixels"], output: "rows.of.pixels"),
        .init(
          .convolution(stride: 1, padding: 0, dilation: 1, groups: 1),
          ["images", "head.weight", "head.bias"], output: "moves"),
        .init(.permute([0, 2, 3, 1]), ["moves"], output: "moved"),
        .init(.reshape([-1, 4]), ["moved"], output: "offsets"),
        .init(.concatenate(dimension: 2), filled(classCount), output: "logits"),
      ], outputs: ["logits", "offsets"],
      weights: [
        "head.weight": NamedArray(
          shape: [4, 3, 1, 1], floats: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        "head.bias": NamedArray(shape: [4], floats: [0, 0, 0, 0]),
      ])
    return try plain.endingWithDetections(
      logits: "logits", offsets: "offsets", output: "detections",
      defaultBoxes: DefaultBoxes(
        [0.25, 0.75].flatMap { y in
          [0.25, 0.75].map { x in CenterBox(cx: x, cy: y, width: 0.5, height: 0.5) }
        }),
      DetectionDecoder.Configuration(
        scoreThreshold: 0.3, boxCoder: BoxCoder(centerVariance: 1, sizeVariance: 1),
        scoreFunction: function))
  }

  /// The rows as often as they are logits of so many classes and the background.
  private func filled(_ classCount: Int) -> [String] {
    [String](repeating: "rows.of.pixels", count: (classCount + 1) / 3)
  }

  private func package(
    _ graph: NetworkGraph, _ detections: NetworkGraph.CoreMLDetections
  ) throws -> CoreMLPackage {
    try graph.coreMLPackage(
      mean: [100, 100, 100], standardDeviation: [10, 10, 10], detections: detections)
  }

  // Normalized: red 0, 0, 0, 3; green 1, 2, 0, 0; blue 1, 0, 0, 1. The last box moves by one and a
  // half pictures to the right, out of it.
  private let image: [Float] = [
    100, 100, 100, 130, 110, 120, 100, 100, 110, 100, 100, 110,
  ]

  private func checked(_ packages: [CoreMLPackage]) throws -> [CheckedCoreML] {
    try withFolder { folder in
      let paths = packages.indices.map { "\(folder)/\($0).mlpackage" }
      for (package, path) in zip(packages, paths) { try package.write(to: path) }
      return try CheckedCoreML.check(paths, image: image)
    }
  }

  @Test func rowsOfConfidencesSumToOneAtMost() throws {
    let names = NetworkGraph.CoreMLDetections.suppressed(classNames: ["a", "b"])
    let all = try checked([
      package(try graph(.softmax), names), package(try graph(.sigmoid), names),
    ])
    func firstTwo(_ checked: CheckedCoreML) throws -> [[Float]] {
      let values = try #require(checked.outputs["raw_confidence"])
      try #require(values.count == 4 * 80)
      #expect(
        (0..<4).allSatisfy { row in !values[row * 80 + 2..<row * 80 + 80].contains { $0 != 0 } })
      return (0..<4).map { Array(values[$0 * 80..<$0 * 80 + 2]) }
    }
    let e = Float(exp(1.0))
    // e / (1 + 2e) twice; e² and 1 of e² + 2; a third each; nothing outside of the picture.
    let softmax: [[Float]] = [
      [e / (1 + 2 * e), e / (1 + 2 * e)], [e * e / (e * e + 2), 1 / (e * e + 2)], [1 / 3, 1 / 3],
      [0, 0],
    ]
    // Equal best ones share what their sum is above 1: 2 · 0.73, so a half each; 2 · 0.5 is 1. The
    // best alone: 1 / (1 + e⁻²).
    let sigmoid: [[Float]] = [[0.5, 0.5], [1 / (1 + 1 / (e * e)), 0], [0.5, 0.5], [0, 0]]
    for (checked, expected) in zip(all, [softmax, sigmoid]) {
      for (row, wanted) in zip(try firstTwo(checked), expected) {
        #expect(row.isClose(to: wanted, tolerance: 1e-6), "\(row), \(wanted)")
      }
      let boxes = try #require(checked.outputs["raw_coordinates"])
      #expect(boxes.prefix(8) == [0.25, 0.25, 0.5, 0.5, 0.75, 0.25, 0.5, 0.5])
      #expect(boxes.suffix(4) == [1, 0.75, 0, 0.5])
    }
  }

  @Test func rawBoxesAreNotCut() throws {
    let all = try checked([package(try graph(.softmax), .raw)])
    #expect(all[0].shapes == ["scores": [1, 4, 3], "boxes": [1, 4, 4]])
    // 0.75 + 3 · 0.5 in the middle.
    #expect(all[0].outputs["boxes"]?.suffix(4) == [2, 0.5, 2.5, 1])
    let e = Float(exp(3.0))
    let last = Array(try #require(all[0].outputs["scores"]).suffix(3))
    let sum = e + 1 + Float(exp(1.0))
    #expect(last.isClose(to: [e / sum, 1 / sum, Float(exp(1.0)) / sum], tolerance: 1e-6))
  }

  // 80 classes need no others, 83 need 77.
  @Test(arguments: [(80, 80), (83, 160)])
  func classesAreFilledUpToAMultipleOfEighty(classCount: Int, columns: Int) throws {
    let names = (1...classCount).map { "class \($0)" }
    let all = try checked(
      [package(try graph(.softmax, classCount: classCount), .suppressed(classNames: names))])
    let found = try #require(all[0].pipeline?.classNames)
    #expect(found.count == columns && Array(found.prefix(classCount)) == names)
    #expect(all[0].shapes["raw_confidence"] == [4, columns])
  }

  @Test func damagedPackagesAreRefused() throws {
    try withFolder { folder in
      let whole = folder + "/whole.mlpackage"
      let names = NetworkGraph.CoreMLDetections.suppressed(classNames: ["a", "b"])
      try package(try graph(.softmax), names).write(to: whole)
      #expect(try CheckedCoreML.check([whole], image: image).count == 1)
      let (model, weights) = (
        "Data/com.apple.CoreML/model.mlmodel", "Data/com.apple.CoreML/weights/weight.bin"
      )
      let damages: [(file: String, damage: (inout Data) -> Void, message: String)] = [
        ("Manifest.json", { $0.removeLast(20) }, "expected the manifest of a package"),
        (model, { $0.removeLast(40) }, "expected a model of Core ML"),
        (model, { $0.replace("fp32", with: "fp99") }, "not loaded by coremltools"),
        (model, { $0.replace("transpose_2", with: "transpose_9") }, "expected an earlier value"),
        (weights, { $0.removeLast(64) }, "bytes of data, found"),
        (weights, { $0[4] = 1 }, "expected version 2, found 1"),
        (weights, { $0[64] = 0 }, "expected 0xdeadbeef"),
      ]
      for (index, (file, damage, message)) in damages.enumerated() {
        let copy = "\(folder)/\(index).mlpackage"
        try FileManager.default.copyItem(atPath: whole, toPath: copy)
        let url = URL(fileURLWithPath: "\(copy)/\(file)")
        let before = try Data(contentsOf: url)
        var data = before
        damage(&data)
        try #require(data != before, "\(message)")
        try data.write(to: url)
        let failure = #expect(throws: PythonScript.Failure.self) {
          try CheckedCoreML.check([copy], image: image)
        }
        #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
      }
    }
  }
}

extension Data {
  /// Replaces the first place of a text by another of the same length.
  fileprivate mutating func replace(_ text: String, with other: String) {
    guard let place = firstRange(of: Data(text.utf8)) else { return }
    replaceSubrange(place, with: Data(other.utf8))
  }
}
