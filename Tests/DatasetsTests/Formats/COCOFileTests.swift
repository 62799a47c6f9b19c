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

  // pycocotools 2.0.11; the goldens name script and seed.
  @Test(arguments: 1...3) func otherParametersAreMeasuredAsTheReferenceDoes(number: Int) throws {
    struct Tables: Decodable {
      let ap: [[Double]]
      let ar: [[Double]]

      private enum CodingKeys: String, CodingKey {
        case ap = "AP"
        case ar = "AR"
      }
    }
    struct Parameters: Decodable {
      struct Range: Decodable {
        let range: COCOAreaRange

        init(from decoder: any Decoder) throws {
          var values = try decoder.unkeyedContainer()
          let name = try values.decode(String.self)
          let low = try values.decode(Double.self)
          range = COCOAreaRange(name: name, bounds: low...(try values.decode(Double.self)))
        }
      }
      let iouThresholds: [Double]
      let areaRanges: [Range]
      let detectionLimits: [Int]
    }
    struct Golden: Decodable {
      let parameters: Parameters
      let total: Tables
      let perClass: [Tables]
    }
    let golden = TestFiles().folder.appendingPathComponent("Goldens/coco-parameters-\(number).json")
    let data = try Data(contentsOf: golden)
    let expected = try JSONDecoder().decode(Golden.self, from: data)
    let parts = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    try withFolder { folder in
      for key in ["groundTruth", "detections"] {
        try JSONSerialization.data(withJSONObject: #require(parts[key]))
          .write(to: URL(fileURLWithPath: "\(folder)/\(key).json"))
      }
      let file = try COCOFile(groundTruth: "\(folder)/groundTruth.json")
      let measure = COCOAveragePrecision(
        classCount: file.classNames.count, threadCount: 2,
        iouThresholds: expected.parameters.iouThresholds,
        areaRanges: expected.parameters.areaRanges.map(\.range),
        detectionLimits: expected.parameters.detectionLimits)
      let summary = measure.summary(of: try file.images(detections: "\(folder)/detections.json"))
      func expectSame(_ found: any COCOMeasures, _ tables: Tables) {
        let ranges = [.all] + measure.areaRanges
        #expect(tables.ap.count == ranges.count && tables.ar.count == ranges.count)
        for (range, (precisions, recalls)) in zip(ranges, zip(tables.ap, tables.ar)) {
          for (threshold, value) in zip(measure.iouThresholds, precisions) {
            let own = found.averagePrecision(range, iouThreshold: threshold)
            #expect(abs(own - value) < 1e-9, "\(range.name), \(threshold)")
          }
          for (limit, value) in zip(measure.detectionLimits, recalls) {
            let own = found.averageRecall(range, limit: limit)
            #expect(abs(own - value) < 1e-9, "\(range.name), \(limit)")
          }
        }
      }
      expectSame(summary, expected.total)
      try #require(expected.perClass.count == summary.perClass.count)
      for (found, tables) in zip(summary.perClass, expected.perClass) { expectSame(found, tables) }
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
      "truth.json: annotations[0].bbox: expected finite x, y, width, height from 0, found [1,2,3] (line 1, column 109)"
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
      "found.json: [0].score: expected a number, found \"high\" (line 1, column 57)"
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

  @Test func annotationsWithoutBBoxAreCounted() throws {
    try withFolder { folder in
      try Fixtures.write(
        """
        {"images":[{"id":1}],"categories":[{"id":1,"name":"a"}],"annotations":[
        {"image_id":1,"category_id":1,"segmentation":[[1,2,5,2,5,9]],"area":14},
        {"image_id":1,"category_id":1},
        {"image_id":1,"category_id":1,"bbox":[0,0,2,2]}]}
        """, to: "\(folder)/truth.json")
      try Fixtures.write("[]", to: "\(folder)/found.json")
      let file = try COCOFile(groundTruth: "\(folder)/truth.json")
      #expect(
        file.notes.map { $0.replacingOccurrences(of: folder + "/", with: "") } == [
          "truth.json: 1 of 3 annotations have no bbox: the box of their segment is taken",
          "truth.json: 1 of 3 annotations have neither bbox nor segment: left out",
        ])
      let objects = try file.images(detections: "\(folder)/found.json")[0].objects
      #expect(objects.map(\.box.yMax) == [9, 2])
      #expect(objects.map(\.area) == [14, 4])
    }
  }

  @Test func aFileWithoutCategoriesSaysSo() throws {
    try withFolder { folder in
      try Fixtures.writeImage("\(folder)/a.png")
      try Fixtures.write(
        """
        {"images": [{"id": 1, "file_name": "a.png"}], "categories": [], "annotations": [
        {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 0, 2, 2]}]}
        """, to: "\(folder)/train.json")
      let loader = try DatasetLoader(path: folder)
      let error = #expect(throws: DatasetError.self) { try loader.load(split: "train") }
      #expect(
        error?.description
          == "\(folder)/train.json: annotations[0]: expected one of 0 classes, found category_id 3"
          + "; nothing is left of \(folder)")
    }
  }

  // Image a.jpg comes before b.jpg; "2" and 2 are one image.
  @Test func stringIDsAndUnknownCategories() throws {
    try withFolder { folder in
      try Fixtures.write(
        """
        {"images":[{"id":"b.jpg"},{"id":"a.jpg"},{"id":"2"}],
        "categories":[{"id":"c","name":"cat"},{"id":4,"name":"cat"}],"annotations":[
        {"image_id":"b.jpg","category_id":"c","bbox":[1,0,2,2]},
        {"image_id":2,"category_id":4,"bbox":[2,0,2,2]}]}
        """, to: "\(folder)/truth.json")
      try Fixtures.write(
        """
        [{"image_id":"2","category_id":"4","bbox":[5,0,2,2],"score":0.5,"segmentation":{"a":[1]}},
        {"score":1e-1,"bbox":[6,0,2,2],"category_id":"c","image_id":"a.jpg"},
        {"image_id":"a.jpg","category_id":"no","bbox":[7,0,2,2],"score":0.5},
        {"image_id":"a.jpg","category_id":9,"bbox":[7,0,2,2],"score":0.5}]
        """, to: "\(folder)/found.json")
      for threads in [1, 2] {
        let (truth, results) = try COCOFile.read(
          groundTruth: "\(folder)/truth.json", detections: "\(folder)/found.json",
          threadCount: threads)
        #expect(Array(truth.classNames) == ["cat", "cat"])
        let images = try truth.images(detections: results)
        #expect(images.map { $0.objects.map(\.box.xMin) } == [[2], [], [1]])
        #expect(images.map { $0.objects.map(\.classIndex) } == [[1], [], [2]])
        #expect(images.map { $0.detections.map(\.box.xMin) } == [[5], [6], []])
        #expect(images.map { $0.detections.map(\.classIndex) } == [[1], [2], []])
        #expect(images[1].detections.map(\.score) == [0.1])
        #expect(truth.notes.isEmpty)
        let leftOut = truth.leftOut(of: results)
        #expect(
          leftOut.notes.map { $0.replacingOccurrences(of: folder + "/", with: "") } == [
            "found.json: 2 of 4 results are of categories that the ground truth does not have, left"
              + " out: 9, no"
          ])
        #expect(leftOut.count == UnmeasuredCount(detections: 2))
      }
      try Fixtures.write(
        #"[{"image_id":"2","category_id":0,"bbox":[5,0,2,2],"score":0.5}]"#,
        to: "\(folder)/none.json")
      let truth = try COCOFile(groundTruth: "\(folder)/truth.json")
      let error = #expect(throws: FileError.self) {
        try truth.images(detections: "\(folder)/none.json")
      }
      #expect(
        error?.reason
          == "category_id: none of 1 results is of a category of the ground truth, as 0; expected"
          + " one of 4 (cat), c (cat)")
      try Fixtures.write("[]", to: "\(folder)/nothing.json")
      #expect(
        try truth.images(detections: "\(folder)/nothing.json").map(\.detections.count) == [0, 0, 0])
    }
  }
}
