import Datasets
import Files
import Foundation
import MultiBox
import TestSupport
import Testing

struct COCOFileTests {
  private struct Figures: Decodable {
    let totals: [Double]
    let perClass: [String: [String: Double]]

    private enum Keys: String, CodingKey {
      case perClass
    }

    init(from decoder: any Decoder) throws {
      perClass = try decoder.container(keyedBy: Keys.self).decode(
        [String: [String: Double]].self, forKey: .perClass)
      let container = try decoder.container(keyedBy: Name.self)
      totals = try Name.allCases.map { try container.decode(Double.self, forKey: $0) }
    }

    private enum Name: String, CodingKey, CaseIterable {
      case ap = "AP"
      case ap50 = "AP50"
      case ap75 = "AP75"
      case apSmall = "APsmall"
      case apMedium = "APmedium"
      case apLarge = "APlarge"
      case ar1 = "AR1"
      case ar10 = "AR10"
      case ar100 = "AR100"
      case arSmall = "ARsmall"
      case arMedium = "ARmedium"
      case arLarge = "ARlarge"
    }
  }

  private func expect(_ found: COCOSummary, _ expected: [Double], _ comment: String) {
    let figures = [
      found.ap, found.ap50, found.ap75, found.apSmall, found.apMedium, found.apLarge, found.ar1,
      found.ar10, found.ar100, found.arSmall, found.arMedium, found.arLarge,
    ]
    for (index, pair) in zip(figures, expected).enumerated() {
      #expect(abs(pair.0 - pair.1) < 1e-9, "\(comment), figure \(index): \(pair)")
    }
  }

  // pycocotools 2.0.11; the goldens name script and seed.
  @Test(
    arguments: (1...12).map { "coco-\($0)" } + (1...8).map { "coco-decimal-\($0)" }
      + ["coco-one-box"])
  func problemsAreMeasuredAsTheReferenceDoes(problem: String) throws {
    struct Golden: Decodable { let expected: Figures }
    let golden = TestFiles().folder.appendingPathComponent("Goldens/\(problem).json")
    let data = try Data(contentsOf: golden)
    let expected = try JSONDecoder().decode(Golden.self, from: data).expected
    let parts = try #require(
      JSONSerialization.jsonObject(with: data) as? [String: Any])
    try withFolder { folder in
      for key in ["groundTruth", "detections"] {
        try JSONSerialization.data(withJSONObject: #require(parts[key]))
          .write(to: URL(fileURLWithPath: "\(folder)/\(key).json"))
      }
      let file = try COCOFile(groundTruth: "\(folder)/groundTruth.json")
      let summary = COCOAveragePrecision(classCount: file.classNames.count, threadCount: 2)
        .summary(of: try file.images(detections: "\(folder)/detections.json"))
      expect(summary, expected.totals, problem)
      #expect(!file.classNames.isEmpty && file.classNames.count == summary.perClass.count)
      for (name, found) in zip(file.classNames, summary.perClass) {
        let ofClass = try #require(expected.perClass[name])
        #expect(abs(found.ap - (ofClass["AP"] ?? .nan)) < 1e-9)
        #expect(abs(found.ap50 - (ofClass["AP50"] ?? .nan)) < 1e-9)
      }
    }
  }

  // pycocotools 2.0.11, as shared/README.md gives them.
  @Test(.enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"))
  func theSharedProblemIsMeasuredAsTheReferenceDoes() throws {
    let folder = SharedMaterial.path("golden/coco")
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
    try withFolder { folder in
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
