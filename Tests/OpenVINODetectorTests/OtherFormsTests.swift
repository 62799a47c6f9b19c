import Detectors
import Foundation
import ImageFiles
import MultiBox
import NetworkInput
import TestSupport
import Testing

@testable import OpenVINODetector

/// Small models in the forms of other projects: Scripts/goldens/detection_models.py, whose numbers
/// these are.
struct OtherFormsTests {
  typealias D = DetectorDescription

  private static func path(_ name: String) -> String { TestFiles().path("Fixtures/\(name).onnx") }

  /// Writes the proposal for a model, with two names, and returns its path.
  private func proposal(
    _ model: String, size: (width: Int, height: Int)? = nil, in folder: String,
    _ change: (inout D) -> Void = { _ in }
  ) throws -> String {
    var description = try #require(
      try ModelInspection(model: Self.path(model), size: size).description)
    description.classNames = ["one", "two"]
    change(&description)
    let path = "\(folder)/\(model).json"
    try Data(description.json().utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func tensorFlowsDetectionsAreRead() throws {
    try withFolder { folder in
      let description = try proposal("tensorflow", size: (40, 20), in: folder)
      let detector = try ModelDetector(
        Self.path("tensorflow"), description: description, threadCount: 1)
      let found = try detector.detections(in: TinyModel.image(width: 100, height: 200))
      #expect(found.map(\.classIndex) == [2, 1])
      #expect(found.map { Float($0.score) } == [0.9, 0.8])
      try #require(found.count == 2)
      // yMin .1, xMin .2, yMax .5, xMax .4 of 100 × 200.
      let box = found[0].box
      #expect(abs(box.xMin - 20) < 1e-4 && abs(box.yMin - 20) < 1e-4)
      #expect(abs(box.xMax - 40) < 1e-4 && abs(box.yMax - 100) < 1e-4)
      // Class 7 has no name; the fourth row is padding by the count, whatever its score.
      #expect(detector.dropped.unnamedClasses == [7: 1])
      _ = try detector.detections(in: TinyModel.image(width: 10, height: 10))
      #expect(
        detector.dropped.notes == [
          "2 detections left out: of classes that the description does not name, number 7 (2 times)"
        ])
    }
  }

  @Test func torchvisionsDetectionsAreRead() throws {
    try withFolder { folder in
      let description = try proposal("torchvision", size: (20, 20), in: folder)
      let detector = try ModelDetector(
        Self.path("torchvision"), description: description, threadCount: 1)
      let found = try detector.detections(in: TinyModel.image(width: 40, height: 60))
      #expect(found.map(\.classIndex) == [2, 1] && detector.dropped.isEmpty)
      // Pixels of 20 × 20, in 40 × 60.
      #expect(found.first?.box == PixelBox(xMin: 8, yMin: 6, xMax: 16, yMax: 30))
      #expect(found.last?.box == PixelBox(xMin: 20, yMin: 15, xMax: 36, yMax: 45))
    }
  }

  @Test func freeSizesAreNamed() throws {
    let inspection = try ModelInspection(model: Self.path("tensorflow"))
    #expect(inspection.description == nil)
    #expect(
      inspection.remarks == [
        "input.width, height: the model leaves them free, as image: uint8 [1, free, free, 3];"
          + " --size 640x480 sets them"
      ])
  }

  @Test func halfPrecisionGoesInAndOut() throws {
    try withFolder { folder in
      let description = try proposal("half", in: folder) {
        $0.input.normalization = ImageNormalization(
          mean: [0, 0, 0], standardDeviation: [1000, 1000, 1000])
      }
      let detector = try ModelDetector(
        Self.path("half"), description: description, threadCount: 1)
      let image = TinyModel.image(width: 100, height: 100)
      let found = try detector.detections(in: image)
      #expect(found.map(\.classIndex) == [1, 2, 1, 2])
      #expect(found.map(\.score) == [0.75, 0.625, 0.125, 0.125])
      #expect(found.first?.box == PixelBox(xMin: 12.5, yMin: 25, xMax: 50, yMax: 50))
      // Grey 100 / 1000 everywhere: the mean is what went in.
      let mean = try detector.computed(image) { request in
        try request.withOutput("input_mean") { elements, _ in elements.floats(scale: 1, zero: 0) }
      }
      #expect(abs((mean?.first ?? 0) - 0.1) < 1e-3)
    }
  }

  // By hand: 1 = 0x3C00, −2 = 0xC000, 65504 the largest, 2⁻²⁴ the smallest; 1 + 2⁻¹¹ is in the
  // middle and goes to the even 1; 65520 is infinite.
  @Test func halfPrecisionRoundsToEven() {
    for (value, bits) in [
      (0, 0), (-0.0, 0x8000), (1, 0x3C00), (-2, 0xC000), (65504, 0x7BFF), (0x1p-24, 1),
      (0x1p-14, 0x400), (1 + 0x1p-11, 0x3C00), (1 + 0x3p-11, 0x3C02), (2 - 0x1p-12, 0x4000),
      (65520, 0x7C00), (0.1, 0x2E66), (-.infinity, 0xFC00),
    ] as [(Float, UInt16)] {
      #expect(value.halfBits == bits, "\(value)")
    }
    #expect(Float.nan.halfBits & 0x7C00 == 0x7C00 && Float.nan.halfBits & 0x3FF != 0)
  }

  @Test(arguments: [("yolo-8", "[1, 84, 8400]"), ("yolo-5", "[1, 25200, 85]")])
  func yolosAreNamed(name: String, sizes: String) throws {
    let inspection = try ModelInspection(model: Self.path(name))
    #expect(inspection.description == nil && inspection.remarks.count == 1)
    #expect(inspection.remarks.first?.hasPrefix("a YOLO's output, \(sizes)") == true)
  }

  // Cells of 416 × 416: 52² + 26² + 13² = 3549, three boxes each 10647.
  @Test func formsOfYOLOAreToldFromAnSSD() {
    func isYOLO(_ outputs: [Int]...) -> Bool {
      YOLOForm(outputs, width: 416, height: 416) != nil
    }
    #expect(isYOLO([1, 10647, 85]) && isYOLO([1, 3549, 85]) && isYOLO([1, 7, 3549]))
    #expect(isYOLO([1, 300, 6]))
    #expect(isYOLO([1, 255, 52, 52], [1, 255, 26, 26], [1, 255, 13, 13]))
    #expect(isYOLO([1, 3, 52, 52, 85], [1, 3, 26, 26, 85]))
    #expect(!isYOLO([1, 8732, 21], [1, 8732, 4]) && !isYOLO([1, 3549, 4], [1, 3549, 2]))
    #expect(!isYOLO([1, 1, 200, 7]))
  }

  @Test func theNumberOfClassesIsThatOfDetectionOutput() throws {
    try withFolder { folder in
      let path = folder + "/model.xml"
      func count(_ text: String) throws -> Int? {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try DetectionOutputLayer.classCount(ofModel: path)
      }
      let layer = #"<layer id="1" name="x" type="DetectionOutput" version="opset1">"#
      let attribute = try count(
        "\(layer)<data num_classes=\"21\" background_label_id=\"0\"/></layer>")
      #expect(attribute == 20)
      // From operator set 8 on: 1917 boxes, 91 scores each.
      let ports =
        "<input><port id=\"0\"><dim>1</dim><dim>7668</dim></port>"
        + "<port id=\"1\"><dim>1</dim><dim>174447</dim></port></input>"
      let shapes = try count("\(layer)\n<data/>\(ports)</layer>")
      #expect(shapes == 90)
      let none = try count(#"<layer id="1" name="x" type="Result"></layer>"#)
      #expect(none == nil)
    }
  }

  @Test func rowsWithoutATellingLayerSayThatTheyDoNotKnow() throws {
    try withFolder { folder in
      try TinyModel.write(
        [("rows", [1, 1, 2, 7], [0, 3, 0.9, 0, 0, 1, 1, -1, 0, 0, 0, 0, 0, 0])],
        to: folder + "/m.onnx")
      let inspection = try ModelInspection(model: folder + "/m.onnx")
      #expect(inspection.description?.classNames.count == 1)
      #expect(
        inspection.remarks.contains(
          "classNames: the model does not tell how many classes it has; all names are needed"))
    }
  }
}
