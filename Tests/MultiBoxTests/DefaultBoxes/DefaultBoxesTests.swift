import Foundation
import MultiBox
import Testing

struct DefaultBoxesTests {
  // golden/loss, "Default boxes": counts by map.
  @Test(arguments: [
    (DefaultBoxPreset.ssd300VOC, [5776, 2166, 600, 150, 36, 4]),
    (.ssd300COCO, [5776, 2166, 600, 150, 36, 4]),
    (.ssd512VOC, [16384, 6144, 1536, 384, 96, 16, 4]),
    (.ssd512COCO, [16384, 6144, 1536, 384, 96, 16, 4]),
    (.ssdlite320, [2400, 600, 150, 54, 24, 6]),
    // By hand: 4 shapes on 40 × 40 cells before the same.
    (.ssdlite320Fine, [6400, 2400, 600, 150, 54, 24, 6]),
    // By hand: 3 shapes on 19 × 19 cells, 6 on those of 10, 5, 3, 2 and 1.
    (.ssd300MobileNet, [1083, 600, 150, 54, 24, 6]),
  ])
  func presetsHaveTheirCounts(preset: DefaultBoxPreset, counts: [Int]) {
    let boxes = DefaultBoxes(preset.specification())
    #expect(boxes.featureMapRanges.map(\.count) == counts)
    #expect(boxes.count == counts.reduce(0, +))
    #expect(preset.specification().boxCount == boxes.count)
  }

  // By hand, ⌊512 · p⌋ as Caffe's PriorBox layer has it, whose sizes are int. VOC, p = .07, .15,
  // .30 … 1.05: 35.84, 76.8, 153.6, 230.4, 307.2, 384, 460.8, 537.6. COCO, p = .04, .10, .26 …
  // 1.06: 20.48, 51.2, 133.12, 215.04, 296.96, 378.88, 460.8, 542.72. The second shape is the root
  // of two sizes.
  @Test(
    arguments: [
      (DefaultBoxPreset.ssd512VOC, [35, 76, 153, 230, 307, 384, 460, 537]),
      (.ssd512COCO, [20, 51, 133, 215, 296, 378, 460, 542]),
    ] as [(DefaultBoxPreset, [Double])])
  func ssd512HasWholePixels(preset: DefaultBoxPreset, sizes: [Double]) {
    let maps = preset.specification().featureMaps
    for (index, map) in maps.enumerated() {
      let (size, next) = (sizes[index], sizes[index + 1])
      #expect(map.shapes[0] == .init(width: size, height: size))
      #expect(map.shapes[1].width == (size * next).squareRoot())
      #expect(map.shapes[2].width == size * 2.0.squareRoot())
    }
    #expect(maps.count == 7)
  }

  // By hand, as TensorFlow's ssd_anchor_generator: scales .1, .2, .35, aspect ratios 1, 2, .5, 3,
  // .3333, between .35 and .5 √(.35 · .5) = .41833; (column + ½) / 19 and so on.
  @Test func theFirstMapOfMobileNetHasThreeShapes() {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssd300MobileNet.specification()).centers
    func expect(_ index: Int, _ values: [Double]) {
      let box = boxes[index]
      expectClose([box.cx, box.cy, box.width, box.height], values, 1e-5)
    }
    expect(0, [0.0263158, 0.0263158, 0.1, 0.1])
    expect(1, [0.0263158, 0.0263158, 0.2828427, 0.1414214])
    expect(5, [0.0789474, 0.0263158, 0.1414214, 0.2828427])
    expect(1082, [0.9736842, 0.9736842, 0.1414214, 0.2828427])
    expect(1083, [0.05, 0.05, 0.35, 0.35])
    expect(1086, [0.05, 0.05, 0.6062178, 0.2020726])
    expect(1087, [0.05, 0.05, 0.2020625, 0.6062481])
    expect(1088, [0.05, 0.05, 0.4183300, 0.4183300])
    expect(1916, [0.5, 0.5, 0.9746794, 0.9746794])
  }

  private func sums(_ boxes: DefaultBoxes) -> [Double] {
    boxes.centers.reduce(into: [0, 0, 0, 0]) { sums, box in
      sums[0] += box.cx
      sums[1] += box.cy
      sums[2] += box.width
      sums[3] += box.height
    }
  }

  private func expectClose(_ found: [Double], _ expected: [Double], _ tolerance: Double) {
    for (found, expected) in zip(found, expected) {
      #expect(abs(found - expected) <= tolerance * abs(expected), "\(found), \(expected)")
    }
  }

  // golden/loss: COCO300, all four clipped (ssd.pytorch).
  @Test func coco300ClippedAsSsdPytorch() {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssd300COCO.specification(clipping: .all))
    expectClose(sums(boxes), [4443.146675, 4443.146675, 1171.967678, 1171.967678], 1e-7)
    let expected = [
      (0.07, 0.07), (0.1024695, 0.1024695), (0.0989949, 0.0494975), (0.0494975, 0.0989949),
    ]
    for (box, size) in zip(boxes.centers, expected) {
      expectClose(
        [box.cx, box.cy, box.width, box.height], [0.0133333, 0.0133333, size.0, size.1], 3e-6)
    }
  }

  // golden/loss: VOC300's first shapes, third shape of the last map, clipped sums.
  @Test func voc300HasItsShapes() {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification())
    let sizes = [(0.1, 0.1), (0.1414214, 0.1414214), (0.1414214, 0.0707107)]
    for (box, size) in zip(boxes.centers, sizes) {
      expectClose([box.width, box.height], [size.0, size.1], 1e-6)
    }
    let last = boxes.centers[boxes.featureMapRanges[5].lowerBound + 2]
    expectClose([last.width, last.height], [1.2445079, 0.622254], 1e-6)
    let clipped = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification(clipping: .all))
    expectClose(Array(sums(clipped)[2...]), [1510.147981, 1510.147981], 1e-7)
  }

  // golden/loss: torchvision 0.29.2 in pixels, corners; it clips sizes.
  @Test(arguments: [
    (DefaultBoxPreset.ssd300COCO, 300.0, 1157388.838, 1508979.163),
    (.ssdlite320, 320, 370975.719, 663904.278),
  ])
  func cornerSumsAreTorchvisions(
    preset: DefaultBoxPreset, side: Double, lower: Double, upper: Double
  ) {
    let boxes = DefaultBoxes(preset.specification(clipping: .sizes)).corners
    let sums = boxes.reduce(into: [0.0, 0, 0, 0]) { sums, box in
      sums[0] += box.xMin * side
      sums[1] += box.yMin * side
      sums[2] += box.xMax * side
      sums[3] += box.yMax * side
    }
    expectClose(sums, [lower, lower, upper, upper], 1e-7)
  }

  // golden/loss: torchvision's first three of ssdlite320.
  @Test func ssdlite320BeginsAsTorchvisions() {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification()).corners
    let expected = [
      [-24, -24, 40, 40], [-34.33202, -34.33202, 50.33202, 50.33202],
      [-37.254837, -14.627419, 53.254837, 30.627419],
    ]
    for (box, corners) in zip(boxes, expected) {
      expectClose([box.xMin, box.yMin, box.xMax, box.yMax].map { $0 * 320 }, corners, 1e-6)
    }
  }

  // golden/loss: 114 differ between clipping all and sizes; between none and all 134 (VOC) or 116
  // (COCO).
  @Test func clippingsDiffer() {
    func differing(
      _ preset: DefaultBoxPreset, _ a: DefaultBoxSpecification.Clipping,
      _ b: DefaultBoxSpecification.Clipping
    ) -> Int {
      let first = DefaultBoxes(preset.specification(clipping: a)).centers
      let second = DefaultBoxes(preset.specification(clipping: b)).centers
      return zip(first, second).count { $0 != $1 }
    }
    #expect(differing(.ssd300VOC, .all, .sizes) == 114)
    #expect(differing(.ssd300VOC, .none, .all) == 134)
    #expect(differing(.ssd300COCO, .none, .all) == 116)
  }

  // By hand: one cell of 100 pixels with its centre at (50, 50), boxes of 140 × 40 and 60 × 100.
  @Test func cornersAreClipped() {
    func centers(_ map: DefaultBoxSpecification.FeatureMap) -> [CenterBox] {
      DefaultBoxes(
        DefaultBoxSpecification(
          imageWidthInPixels: 100, imageHeightInPixels: 100, featureMaps: [map],
          clipping: .corners)
      ).centers
    }
    expectClose(
      centers(
        .init(
          rows: 1, columns: 1,
          shapes: [.init(width: 140, height: 40), .init(width: 60, height: 100)]
        )
      ).flatMap { [$0.cx, $0.cy, $0.width, $0.height] },
      [0.5, 0.5, 1, 0.4, 0.5, 0.5, 0.6, 1], 1e-12)
    // Two columns of step 80. x: 40 − 35 = 5 … 75 and 120 − 35 = 85 … 155, so 85 … 100; y: 40 − 50
    // = −10 … 90, so 0 … 90.
    expectClose(
      centers(.init(rows: 1, columns: 2, stepInPixels: 80, shapes: [.init(width: 70, height: 100)]))
        .flatMap { [$0.cx, $0.cy, $0.width, $0.height] },
      [0.4, 0.45, 0.7, 0.9, 0.925, 0.45, 0.15, 0.9], 1e-12)
  }

  // By hand, SSD300's first cell, centre (4, 4), of 30 pixels: −11 … 19, so 0 … 19.
  @Test func aPresetsCornersAreClipped() {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification(clipping: .corners))
    let first = boxes.centers[0]
    expectClose(
      [first.cx, first.cy, first.width, first.height], [9.5, 9.5, 19, 19].map { $0 / 300 }, 1e-12)
    #expect(boxes.corners.allSatisfy { $0.hasArea && $0 == $0.clipped() })
  }

  @Test func everyClippingIsWrittenAndRead() throws {
    for clipping in DefaultBoxSpecification.Clipping.allCases {
      let specification = DefaultBoxPreset.ssdlite320.specification(clipping: clipping)
      let data = try JSONEncoder().encode(specification)
      #expect(try JSONDecoder().decode(DefaultBoxSpecification.self, from: data) == specification)
    }
  }

  private static let featureMaps = """
    [{"rows": 3, "columns": 4, "stepInPixels": 80.0, "shapes": [{"width": 50.0, "height": 60.0}]}]
    """

  /// A file with one map, in which `text` stands in the place of another value.
  private func decoded(_ edit: (old: String, new: String)) throws -> DefaultBoxSpecification {
    let file = """
      {"imageWidthInPixels": 320, "imageHeightInPixels": 240, "clipping": "corners",
       "featureMaps": \(Self.featureMaps)}
      """
    let edited = file.replacingOccurrences(of: edit.old, with: edit.new)
    return try JSONDecoder().decode(DefaultBoxSpecification.self, from: Data(edited.utf8))
  }

  @Test(arguments: [
    ("320,", "0,", "imageWidthInPixels, imageHeightInPixels: expected above 0, found 0, 240"),
    ("240", "-1", "imageWidthInPixels, imageHeightInPixels: expected above 0, found 320, -1"),
    (Self.featureMaps, "[]", "featureMaps: expected one or more, found none"),
    ("\"rows\": 3", "\"rows\": -3", "featureMaps[0].rows, columns: expected above 0, found -3, 4"),
    (
      "\"rows\": 3", "\"rows\": 9223372036854775807",
      "featureMaps[0]: expected rows · columns · shapes of all maps at most 16777216, found"
        + " 9223372036854775807 · 4 · 1"
    ),
    ("80.0", "0", "featureMaps[0].stepInPixels: expected above 0, found 0.0"),
    (
      "80.0", "1e308",
      "featureMaps[0].shapes[0]: expected finite boxes with area in every cell, found"
    ),
    // The last centre is at 3.5 · 100 = 350, and a box of 50 begins at 325, beside the image of
    // 320.
    (
      "80.0", "100.0",
      "featureMaps[0].shapes[0]: expected finite boxes with area in every cell, found"
    ),
    (
      "50.0", "-50",
      "featureMaps[0].shapes[0]: expected width and height above 0, found -50.0, 60.0"
    ),
    (
      "50.0", "1e-300",
      "featureMaps[0].shapes[0]: expected finite boxes with area in every cell, found"
    ),
    ("clipping", "clip", "no such key; known are clipping, featureMaps, imageHeightInPixels,"),
    ("stepInPixels", "step", "no such key; known are columns, rows, shapes, stepInPixels"),
    ("60.0", "60.0, \"ratio\": 2", "no such key; known are height, width"),
  ])
  func noMistakeOfAFileComesThrough(old: String, new: String, text: String) throws {
    _ = try decoded(("320,", "320,"))
    let error = #expect(throws: DecodingError.self) { try decoded((old, new)) }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.debugDescription.hasPrefix(text), "\(context.debugDescription)")
  }

  @Test func aListIsTakenOverAndChecked() throws {
    let good = CenterBox(cx: 0.5, cy: 0.5, width: 0.1, height: 0.1)
    #expect(try DefaultBoxes([good, good]).count == 2)
    #expect(try DefaultBoxes([]).count == 0)
    let bad = CenterBox(cx: 0.5, cy: 0.5, width: 0, height: 0.1)
    let error = #expect(throws: InputError.self) { try DefaultBoxes([good, bad]) }
    #expect(
      error?.description
        == "default box 1: [0.5, 0.5, 0.0, 0.1] (cx, cy, w, h) has no area or a value that is not finite"
    )
  }

  @Test func aSpecificationFromOutsideIsChecked() throws {
    for preset in DefaultBoxPreset.allCases { try preset.specification().validate() }
    var bad = DefaultBoxPreset.ssd300VOC.specification()
    bad.featureMaps[2].shapes[1].width = 0
    #expect(
      #expect(throws: InputError.self) { try bad.validate() }?.description
        == "featureMaps[2].shapes[1]: expected width and height above 0, found 0.0, 134.09697983176207"
    )
    bad.featureMaps = []
    #expect(
      #expect(throws: InputError.self) { try bad.validate() }?.description
        == "featureMaps: expected one or more, found none")
  }
}
