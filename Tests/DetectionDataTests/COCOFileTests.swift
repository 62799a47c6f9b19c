import DetectionData
import Foundation
import ModelFiles
import MultiBox
import Testing

struct COCOFileTests {
  private struct Figures: Decodable {
    struct OfClass: Decodable {
      let AP: Double
      let AP50: Double
    }
    let AP, AP50, AP75, APsmall, APmedium, APlarge: Double
    let AR1, AR10, AR100, ARsmall, ARmedium, ARlarge: Double
    let perClass: [String: OfClass]
  }

  private func expect(_ found: COCOSummary, _ expected: [Double], _ comment: String) {
    let figures = [
      found.AP, found.AP50, found.AP75, found.APsmall, found.APmedium, found.APlarge, found.AR1,
      found.AR10, found.AR100, found.ARsmall, found.ARmedium, found.ARlarge,
    ]
    for (index, pair) in zip(figures, expected).enumerated() {
      #expect(abs(pair.0 - pair.1) < 1e-9, "\(comment), figure \(index): \(pair)")
    }
  }

  // pycocotools 2.0.11; the goldens name script and seed.
  @Test(arguments: 1...12) func randomProblemsAreMeasuredAsTheReferenceDoes(seed: Int) throws {
    struct Golden: Decodable { let expected: Figures }
    let golden = Fixtures.goldens.appendingPathComponent("coco-\(seed).json")
    let data = try Data(contentsOf: golden)
    let expected = try JSONDecoder().decode(Golden.self, from: data).expected
    let parts = try #require(
      JSONSerialization.jsonObject(with: data) as? [String: Any])
    try Fixtures.withFolder { folder in
      for key in ["groundTruth", "detections"] {
        try JSONSerialization.data(withJSONObject: #require(parts[key]))
          .write(to: URL(fileURLWithPath: "\(folder)/\(key).json"))
      }
      let file = try COCOFile(groundTruth: "\(folder)/groundTruth.json")
      let summary = COCOAveragePrecision(classCount: file.classNames.count, threadCount: 2)
        .summary(of: try file.images(detections: "\(folder)/detections.json"))
      expect(
        summary,
        [
          expected.AP, expected.AP50, expected.AP75, expected.APsmall, expected.APmedium,
          expected.APlarge, expected.AR1, expected.AR10, expected.AR100, expected.ARsmall,
          expected.ARmedium, expected.ARlarge,
        ], "seed \(seed)")
      for (name, found) in zip(file.classNames, summary.perClass) {
        let ofClass = try #require(expected.perClass[name])
        #expect(abs(found.AP - ofClass.AP) < 1e-9)
        #expect(abs(found.AP50 - ofClass.AP50) < 1e-9)
      }
    }
  }

  // pycocotools 2.0.11, as shared/README.md gives them.
  @Test(.enabled(if: Fixtures.hasShared, "needs ../shared"))
  func theSharedProblemIsMeasuredAsTheReferenceDoes() throws {
    let folder = Fixtures.shared.appendingPathComponent("golden/coco").path
    let file = try COCOFile(groundTruth: "\(folder)/instances_val2014_100.json")
    let images = try file.images(
      detections: "\(folder)/instances_val2014_fakebbox100_results.json")
    expect(
      COCOAveragePrecision(classCount: file.classNames.count).summary(of: images),
      [
        0.504580698725, 0.696972724730, 0.572981666990, 0.585625720941, 0.519399694804,
        0.501397898635, 0.386812779646, 0.593679576284, 0.595352982878, 0.639810962611,
        0.566420597899, 0.564290598291,
      ], "shared")
  }

  @Test(arguments: [
    ("{", "[]", "truth.json: "),
    (#"{"images":[],"annotations":[]}"#, "[]", "truth.json: categories: missing"),
    (
      #"{"images":[{"id":1}],"categories":[{"id":1,"name":"a"}],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3]}]}"#,
      "[]",
      "truth.json: annotations[0].bbox: expected finite x, y, width, height from 0, found [1.0, 2.0, 3.0]"
    ),
    (
      #"{"images":[{"id":1}],"categories":[{"id":1,"name":"a"}],"annotations":[{"image_id":2,"category_id":1,"bbox":[1,2,3,4]}]}"#,
      "[]", "truth.json: annotations[0].image_id: no image of id 2"
    ),
    (
      #"{"images":[{"id":1}],"categories":[{"id":1,"name":"a"}],"annotations":[]}"#,
      #"[{"image_id":7,"category_id":1,"bbox":[1,2,3,4],"score":1}]"#,
      "found.json: [0].image_id: no image of id 7 in the ground truth"
    ),
    (
      #"{"images":[{"id":1}],"categories":[{"id":1,"name":"a"}],"annotations":[]}"#,
      #"[{"image_id":1,"category_id":1,"bbox":[1,2,3,4]}]"#, "found.json: [0].score: missing"
    ),
    (
      #"{"images":[{"id":1}],"categories":[{"id":1,"name":"a"}],"annotations":[]}"#,
      #"[{"image_id":1,"category_id":1,"bbox":[1,2,3,4],"score":"high"}]"#,
      "found.json: [0].score: expected Double"
    ),
  ])
  func mistakesAreNamed(truth: String, found: String, message: String) throws {
    try Fixtures.withFolder { folder in
      try Fixtures.write(truth, to: "\(folder)/truth.json")
      try Fixtures.write(found, to: "\(folder)/found.json")
      let error = #expect(throws: FileError.self) {
        _ = try COCOFile(groundTruth: "\(folder)/truth.json").images(
          detections: "\(folder)/found.json")
      }
      #expect(
        error?.description.replacingOccurrences(of: folder + "/", with: "").hasPrefix(message)
          == true, "\(error?.description ?? "")")
    }
  }
}
