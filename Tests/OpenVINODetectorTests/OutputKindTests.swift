import Detectors
import Foundation
import ModelFiles
import MultiBox
import OpenVINODetector
import TestSupport
import Testing

/// The same three objects, told in every way that a description knows.
struct OutputKindTests {
  typealias D = DetectorDescription

  /// Class, score and corners in a picture of 20 × 40 pixels.
  private static let objects: [(classIndex: Int, score: Float, box: PixelBox)] = [
    (2, 0.8, PixelBox(xMin: 2, yMin: 4, xMax: 10, yMax: 20)),
    (1, 0.7, PixelBox(xMin: 4, yMin: 8, xMax: 12, yMax: 36)),
    (1, 0.6, PixelBox(xMin: 14, yMin: 4, xMax: 18, yMax: 8)),
  ]
  private static let defaultBox = CenterBox(cx: 0.5, cy: 0.5, width: 0.25, height: 0.2)

  private static func normalized(_ box: PixelBox) -> Box { box.normalized(width: 20, height: 40) }

  /// Scores with the background first: what softmax, sigmoid or nothing makes of `D × 3`.
  private static func classes(_ function: ScoreFunction, hasBackground: Bool) -> [Float] {
    objects.flatMap { object -> [Float] in
      let rest = (1 - object.score) / 2
      var scores = [rest, rest, rest]
      scores[object.classIndex] = object.score
      // Scores of .15 are above the threshold: the other class is only for the softmax.
      if function != .softmax { scores = scores.map { $0 == object.score ? $0 : 0.05 } }
      let values: [Float] =
        switch function {
        case .softmax: scores.map { log($0) + 3 }
        case .sigmoid: scores.map { log($0 / (1 - $0)) }
        case .identity: scores
        }
      return hasBackground ? values : Array(values.dropFirst())
    }
  }

  private static func corners(_ order: D.BoxOrder, scale: Double) -> [Float] {
    objects.flatMap { object -> [Float] in
      let box = normalized(object.box)
      let center = CenterBox(box)
      let values =
        switch order {
        case .cornersXFirst: [box.xMin, box.yMin, box.xMax, box.yMax]
        case .cornersYFirst: [box.yMin, box.xMin, box.yMax, box.xMax]
        case .center: [center.cx, center.cy, center.width, center.height]
        }
      return values.map { Float($0 * scale) }
    }
  }

  private static func offsets(_ order: D.OffsetOrder) -> [Float] {
    objects.flatMap { object -> [Float] in
      let offsets = BoxCoder().encoded(
        CenterBox(normalized(object.box)), relativeTo: defaultBox)
      let values =
        order == .centersXFirst
        ? [offsets.cx, offsets.cy, offsets.width, offsets.height]
        : [offsets.cy, offsets.cx, offsets.height, offsets.width]
      return values.map { Float($0) }
    }
  }

  private func check(
    _ outputs: [(name: String, shape: [Int], values: [Float])], _ described: D.Outputs
  ) throws {
    try withFolder { folder in
      try Safetensors(arrays: [
        "boxes": NamedArray(
          shape: [3, 4],
          floats: (0..<3).flatMap { _ -> [Float] in
            let box = Self.defaultBox
            return [box.cx, box.cy, box.width, box.height].map { Float($0) }
          })
      ]).write(to: folder + "/boxes.safetensors")
      try TinyModel.write(
        outputs, description: TinyModel.description(described).json(), to: folder + "/m.onnx")
      let detector = try ModelDetector(folder + "/m.onnx", threadCount: 1)
      let found = try detector.detections(in: TinyModel.image(width: 20, height: 40))
        .filter { $0.score > 0.5 }
      try #require(found.count == 3)
      for (found, object) in zip(found, Self.objects) {
        #expect(found.classIndex == object.classIndex)
        #expect(abs(found.score - Double(object.score)) < 1e-5)
        #expect(abs(found.box.xMin - object.box.xMin) < 1e-4)
        #expect(abs(found.box.yMin - object.box.yMin) < 1e-4)
        #expect(abs(found.box.xMax - object.box.xMax) < 1e-4)
        #expect(abs(found.box.yMax - object.box.yMax) < 1e-4)
      }
    }
  }

  @Test(arguments: ScoreFunction.allCases, [true, false])
  func heads(function: ScoreFunction, hasBackground: Bool) throws {
    // A softmax without a background is over the classes alone.
    if function == .softmax, !hasBackground { return }
    let width = hasBackground ? 3 : 2
    for order in D.OffsetOrder.allCases {
      try check(
        [
          ("classes", [1, 3, width], Self.classes(function, hasBackground: hasBackground)),
          ("offsets", [1, 3, 4], Self.offsets(order)),
        ],
        .heads(
          D.Heads(
            classes: D.Classes(
              D.Output("classes"), scoreFunction: function, hasBackground: hasBackground),
            offsets: D.Output("offsets"), offsetOrder: order, boxCoder: BoxCoder(),
            defaultBoxes: .file("boxes.safetensors", tensor: "boxes"))))
    }
  }

  @Test(arguments: D.BoxOrder.allCases, [true, false])
  func decodedBoxes(order: D.BoxOrder, isNormalized: Bool) throws {
    let scale = isNormalized ? 1 : Double(TinyModel.side)
    try check(
      [
        ("boxes", [1, 3, 4], Self.corners(order, scale: scale)),
        ("scores", [1, 3, 3], Self.classes(.identity, hasBackground: true)),
      ],
      .boxes(
        D.DecodedBoxes(
          classes: D.Classes(D.Output("scores"), scoreFunction: .identity),
          boxes: D.Output("boxes"), boxOrder: order, isNormalized: isNormalized)))
  }

  @Test(arguments: [0, 1]) func rows(firstClass: Int) throws {
    var values: [Float] = []
    for object in Self.objects.reversed() {
      let box = Self.normalized(object.box)
      values += [0, Float(object.classIndex - 1 + firstClass), object.score]
      values += [box.xMin, box.yMin, box.xMax, box.yMax].map { Float($0) }
    }
    // What stands behind the row that ends them does not count.
    values += [-1, 0, 0, 0, 0, 0, 0] + [0, 1, 0.9, 0, 0, 1, 1]
    try check(
      [("rows", [1, 1, 5, 7], values)],
      .rows(D.Rows(D.Output("rows"), firstClass: firstClass)))
  }

  @Test(arguments: D.BoxOrder.allCases, [true, false])
  func detections(order: D.BoxOrder, isNormalized: Bool) throws {
    let scale = isNormalized ? 1 : Double(TinyModel.side)
    // A row behind the count does not count.
    try check(
      [
        ("boxes", [1, 4, 4], Self.corners(order, scale: scale) + [0, 0, 1, 1]),
        ("scores", [1, 4], Self.objects.map(\.score) + [0.95]),
        ("classes", [1, 4], Self.objects.map { Float($0.classIndex - 1) } + [0]),
        ("count", [1], [3]),
      ],
      .detections(
        D.Detections(
          boxes: D.Output("boxes"), boxOrder: order, isNormalized: isNormalized,
          scores: D.Output("scores"), classes: D.Output("classes"), count: D.Output("count"),
          firstClass: 0)))
  }

  // Six numbers a box: landmarks follow. Sizes as they are, not logarithms.
  @Test(arguments: D.OffsetOrder.allCases, [nil, .linear] as [D.SizeForm?])
  func offsetsBeforeMoreNumbers(order: D.OffsetOrder, sizes: D.SizeForm?) throws {
    let coder = BoxCoder()
    var offsets: [Float] = []
    for object in Self.objects {
      let box = CenterBox(Self.normalized(object.box))
      var encoded = coder.encoded(box, relativeTo: Self.defaultBox)
      if sizes == .linear {
        encoded.width = box.width / Self.defaultBox.width / coder.sizeVariance
        encoded.height = box.height / Self.defaultBox.height / coder.sizeVariance
      }
      let values = [encoded.cx, encoded.cy, encoded.width, encoded.height]
      offsets += (order == .centersXFirst ? [0, 1, 2, 3] : [1, 0, 3, 2]).map { Float(values[$0]) }
      offsets += [77, -77]
    }
    try check(
      [
        ("classes", [1, 3, 3], Self.classes(.identity, hasBackground: true)),
        ("offsets", [1, 3, 6], offsets),
      ],
      .heads(
        D.Heads(
          classes: D.Classes(D.Output("classes"), scoreFunction: .identity),
          offsets: D.Output("offsets"), offsetOrder: order, sizes: sizes, boxCoder: coder,
          defaultBoxes: .file("boxes.safetensors", tensor: "boxes"))))
  }

  /// A model of one output whose sizes are known only when it was computed: the indices of what is
  /// not 0 in `values`, one row for each of its dimensions.
  private func writeUnsized(
    _ name: String, shape: [Int], values: [Float], description: DetectorDescription,
    to path: String
  ) throws {
    var model = ONNXModel(name: "tiny")
    model.inputs = [
      ONNXModel.Value(
        "images", .float32, [.any("N"), .fixed(3), .fixed(TinyModel.side), .fixed(TinyModel.side)])
    ]
    model.initializers = [
      ("nothing", NamedArray(shape: [], floats: [0])),
      ("values", NamedArray(shape: shape, floats: values)),
    ]
    model.nodes = [
      ONNXModel.Node(
        "ReduceMean", inputs: ["images"], outputs: ["mean"],
        attributes: ["axes": .integers([1, 2, 3]), "keepdims": .integer(0)]),
      ONNXModel.Node("Mul", inputs: ["mean", "nothing"], outputs: ["zero"]),
      ONNXModel.Node("Add", inputs: ["values", "zero"], outputs: ["sum"]),
      ONNXModel.Node("NonZero", inputs: ["sum"], outputs: [name]),
    ]
    model.outputs = [ONNXModel.Value(name, .int64, [.fixed(shape.count), .any("M")])]
    model.metadata = [DetectorDescription.metadataKey: try description.json()]
    try model.write(to: path)
  }

  // Read to the end of the last row they would be memory that is not the output's.
  @Test(arguments: [
    ("rows", "output rows: expected rows of 7, found sizes [1, 5]"),
    ("boxes", "output rows: expected rows of 4, found sizes [1, 5]"),
    ("classes", "output rows: expected rows of 3, found sizes [1, 5]"),
  ])
  func aCountThatIsNoMultipleIsAnError(kind: String, message: String) throws {
    try withFolder { folder in
      let output = D.Output("rows")
      let classes = D.Classes(output, scoreFunction: .identity)
      let described: D.Outputs =
        switch kind {
        case "rows": .rows(D.Rows(output))
        case "boxes":
          .boxes(
            D.DecodedBoxes(
              classes: D.Classes(output, scoreFunction: .identity, hasBackground: false),
              boxes: output))
        default: .boxes(D.DecodedBoxes(classes: classes, boxes: output))
        }
      var description = TinyModel.description(described)
      if kind == "boxes" { description.classNames = ["one"] }
      try writeUnsized(
        "rows", shape: [5], values: [1, 1, 1, 1, 1], description: description,
        to: folder + "/m.onnx")
      let detector = try ModelDetector(folder + "/m.onnx", threadCount: 1)
      let error = #expect(throws: RuntimeError.self) {
        try detector.detections(in: TinyModel.image(width: 10, height: 10))
      }
      #expect(error?.reason == message)
    }
  }

  // Labels beyond every whole number, and beyond every class.
  @Test(arguments: [Float.infinity, -.infinity, .nan, 1e30, -1e30, 2e8, -2e8, 0.5])
  func aLabelOfNoClassIsLeftOutAndCounted(label: Float) throws {
    try withFolder { folder in
      for firstClass in [1, -(1 << 24), 1 << 24] {
        try TinyModel.write(
          [("rows", [2, 7], [0, label, 0.9, 0, 0, 1, 1, 0, Float(firstClass), 0.8, 0, 0, 1, 1])],
          description: TinyModel.description(
            .rows(D.Rows(D.Output("rows"), firstClass: firstClass))
          ).json(), to: folder + "/m.onnx")
        let detector = try ModelDetector(folder + "/m.onnx", threadCount: 1)
        let found = try detector.detections(in: TinyModel.image(width: 10, height: 10))
        #expect(found.map(\.classIndex) == [1])
        var expected = DroppedDetections()
        if let number = Int(exactly: label) {
          expected.unnamedClasses = [number: 1]
        } else {
          expected.classesThatAreNoNumber = 1
        }
        #expect(detector.dropped == expected)
        _ = try ModelInspection(model: folder + "/m.onnx")
      }
    }
  }

  // Two rows are objects, one of a score that is none of 0…1; the others have no number as score
  // or box, no class, or no area: corners turned, or outside of the image.
  @Test func whatMakesNoSenseIsLeftOutAndCounted() throws {
    try withFolder { folder in
      let rows: [[Float]] = [
        [0, 1, 0.9, 0, 0, 1, 1], [0, 1, .infinity, 0, 0, 1, 1], [0, 1, .nan, 0, 0, 1, 1],
        [0, 2, 0.8, 0, .nan, 1, 1], [0, 9, 0.8, 0, 0, 1, 1], [0, .nan, 0.8, 0, 0, 1, 1],
        [0, 9, 0.01, 0, 0, 1, 1], [0, 1, 0.85, 0.9, 0.1, 0.2, 0.5], [0, 1, 0.84, 2, 2, 3, 3],
        [0, 1, 95, 0, 0, 0.5, 1], [0, 1, 0.05, 2, 2, 3, 3],
      ]
      try TinyModel.write(
        [("rows", [11, 7], rows.flatMap(\.self))],
        description: TinyModel.description(.rows(D.Rows(D.Output("rows")))).json(),
        to: folder + "/m.onnx")
      let detector = try ModelDetector(folder + "/m.onnx", threadCount: 1)
      let found = try detector.detections(in: TinyModel.image(width: 10, height: 10))
      #expect(found.map { Float($0.score) } == [95, 0.9])
      var expected = DroppedDetections()
      expected.boxesWithoutArea = 2
      expected.scoresAboveOne = 1
      expected.nonFiniteScores = 2
      expected.nonFiniteBoxes = 1
      expected.unnamedClasses = [9: 1]
      expected.classesThatAreNoNumber = 1
      #expect(detector.dropped == expected)
      #expect(detector.dropped.notes.count == 6)
    }
  }

  @Test func listsOfOtherLengthsAreNamed() throws {
    try withFolder { folder in
      let described = D.Outputs.detections(
        D.Detections(
          boxes: D.Output("boxes"), boxOrder: .cornersXFirst, isNormalized: true,
          scores: D.Output("scores"), classes: D.Output("classes"), count: D.Output("count")))
      for (scores, count, message) in [
        ([0.5, 0.5, 0.5], 1, "output scores: expected 2 values, as boxes, found 3"),
        ([0.5, 0.5], 3, "output count: expected one number of 0…2, found [3.0]"),
        ([0.5, 0.5], .nan, "output count: expected one number of 0…2, found [nan]"),
      ] as [([Float], Float, String)] {
        try TinyModel.write(
          [
            ("boxes", [1, 2, 4], [0, 0, 1, 1, 0, 0, 1, 1]), ("scores", [1, scores.count], scores),
            ("classes", [1, 2], [1, 1]), ("count", [1], [count]),
          ], description: TinyModel.description(described).json(), to: folder + "/m.onnx")
        let detector = try ModelDetector(folder + "/m.onnx", threadCount: 1)
        let error = #expect(throws: RuntimeError.self) {
          try detector.detections(in: TinyModel.image(width: 10, height: 10))
        }
        // 0 / 0 has a sign on some processors.
        #expect(error?.reason.replacing("-nan", with: "nan") == message)
      }
    }
  }
}
