import Detectors
import Files
import Foundation
import ModelFiles
import MultiBox
import Runs

@testable import Datasets

extension FuzzTarget {
  /// JSON of the package's own, and COCO's.
  static let values = [
    FuzzTarget(name: "description", structure: .json) { data in
      try reading {
        let description = try DetectorDescription(json: data, path: "fuzz")
        let text = try description.json()
        let again = try DetectorDescription(json: Data(text.utf8), path: "again")
        try require(again == description, "written and read it is another")
      }
    },
    FuzzTarget(name: "default-boxes", structure: .json) { data in
      try reading {
        let specification = try decoded(DefaultBoxSpecification.self, data)
        // More take seconds and find nothing else.
        guard specification.boxCount <= 1 << 14 else { return }
        let boxes = DefaultBoxes(specification)
        try require(boxes.count == specification.boxCount, "\(boxes.count) boxes")
        try require(boxes.corners.allSatisfy { $0.xMin < $0.xMax && $0.yMin < $0.yMax }, "area")
      }
    },
    FuzzTarget(name: "configuration", structure: .json) { data in
      try FuzzFolder.named("configuration").with([("configuration.json", data)]) { path in
        try reading {
          let configuration = try RunFolder(path: path).configuration()
          _ = try JSONEncoder().encode(configuration)
        }
      }
    },
    FuzzTarget(name: "detection-lines", structure: .json) { data in
      try reading {
        let lines = try DetectionLines(data, path: "fuzz")
        let truth = try FuzzFolder.named("detection-lines").with([
          ("truth.json", Data(Self.truth.utf8))
        ]) {
          try COCOFile(groundTruth: $0 + "/truth.json")
        }
        let images = try lines.images(of: truth).images
        try require(images.count == truth.imageNames.count, "\(images.count) images")
      }
    },
    FuzzTarget(name: "metrics", structure: .json) { data in
      try FuzzFolder.named("metrics").with([("metrics.jsonl", data)]) { path in
        try reading {
          let file = MetricsFile(path: path + "/metrics.jsonl")
          let lines = try file.read()
          _ = try file.truncate(after: 100)
          let kept = try file.read()
          try require(kept.count <= lines.count, "\(kept.count) of \(lines.count) lines")
        }
      }
    },
    // What a checkpoint says besides its arrays.
    FuzzTarget(name: "position", structure: .json) { data in
      try reading {
        let text = String(decoding: data, as: UTF8.self)
        let position = try TrainingPosition([TrainingPosition.metadataKey: text], path: "fuzz")
        let again = try String(decoding: JSONEncoder().encode(position), as: UTF8.self)
        let same = try TrainingPosition([TrainingPosition.metadataKey: again], path: "again")
        try require(same == position, "written and read it is another")
      }
    },
    FuzzTarget(name: "data-record", structure: .json) { data in
      try FuzzFolder.named("data-record").with([("data.json", data)]) { path in
        try reading { _ = try RunFolder(path: path).splitRecords() }
      }
    },
    // The objects of `multibox loss`, with predictions and default boxes that stay.
    FuzzTarget(name: "targets", structure: .json) { data in
      try FuzzFolder.named("targets").with([("targets.json", data)]) { path in
        try reading { try computeLoss(in: path) }
      }
    },
    FuzzTarget(name: "coco", structure: .json) { data in
      let isContent = try reading { try check(COCOContent(MappedFile(data), path: "fuzz")) }
      try compareWithFoundation(data)
      return isContent
    },
    FuzzTarget(name: "results", structure: .json) { data in
      try reading {
        let found = try COCOResults(MappedFile(data), path: "fuzz")
        for result in found.results {
          let box = result.sides.box
          try require(box.xMin <= box.xMax && box.yMin <= box.yMax, "\(box)")
          try require(result.score.isFinite, "score \(result.score)")
          try require(found.imageIDs.indices.contains(Int(result.image)), "image")
          try require(found.categoryIDs.indices.contains(Int(result.category)), "category")
        }
      }
    },
  ]

  private static func computeLoss(in path: String) throws {
    let (predictions, boxes) = (path + "/predictions.safetensors", path + "/boxes.safetensors")
    if !FileManager.default.fileExists(atPath: boxes) {
      try Safetensors(arrays: [
        "logits": NamedArray(shape: [1, 2, 3], floats: [0, 1, 2, 3, 2, 1]),
        "offsets": NamedArray(shape: [1, 2, 4], floats: [0, 0, 0, 0, 0.5, 0.5, 1, 1]),
      ]).write(to: predictions)
      let centers: [Float] = [0.3, 0.3, 0.4, 0.4, 0.7, 0.7, 0.2, 0.3]
      try Safetensors(arrays: ["default_boxes": NamedArray(shape: [2, 4], floats: centers)])
        .write(to: boxes)
    }
    let input = try LossInput(
      predictions: predictions, targets: path + "/targets.json", defaultBoxes: boxes,
      clipping: .none)
    do {
      let found = try MultiBoxLoss().valueAndGradients(
        logits: input.logits, offsets: input.offsets, imageCount: 1,
        defaultBoxes: input.defaultBoxes, groundTruth: input.groundTruth, threadCount: 1)
      try require(
        found.logitGradient.allSatisfy(\.isFinite), "a gradient that is not finite")
    } catch let error as InputError {
      throw FileError(path: path, reason: "\(error)")
    }
  }

  private static func decoded<Value: Decodable>(
    _ type: Value.Type, _ data: Data
  ) throws(FileError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw FileError(path: "fuzz", reason: error.explanation)
    } catch {
      throw FileError(path: "fuzz", reason: "\(error)")
    }
  }

  private static func check(_ content: COCOContent) throws {
    let (names, classes) = content.classes()
    try require(
      classes.compactMap(\.self).sorted() == Array(names.indices), "classes \(classes)")
    for (index, annotation) in content.annotations.enumerated() {
      try require(
        (content.malformedBoxes[index] != nil) == (annotation.boxSource == .malformed),
        "annotation \(index) is malformed or not")
      _ = content.imageIndex(of: annotation).map {
        content.imageID(of: content.images[$0]).description
      }
      _ = content.categoryIndex(of: annotation).map { content.categories[$0].name }
      _ = (content.imageID(of: annotation), content.categoryID(of: annotation))
      // A negative side is no fault here: a dataset leaves the box out and says so.
      _ = annotation.box
    }
  }

  /// What lines of detections are put beside.
  private static let truth = """
    {"images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40},
      {"id": 2, "file_name": "b/c.png"}], "categories": [{"id": 1, "name": "cat"}],
     "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 81}]}
    """

  /// A scanner that passes what Foundation refuses has a hole.
  private static func compareWithFoundation(_ data: Data) throws {
    // Foundation tells UTF-16 and UTF-32 by zeros alone, too; those have none in our reading.
    guard !data.prefix(4).contains(0), !data.starts(with: [0xFF, 0xFE]),
      !data.starts(with: [0xFE, 0xFF])
    else { return }
    var numbers: [(text: String, value: Double)] = []
    do {
      try JSONFile.read(MappedFile(data), path: "fuzz") { scanner throws(JSONProblem) in
        try readAll(&scanner, &numbers)
      }
    } catch {
      return
    }
    for (text, value) in numbers {
      try require(value.bitPattern == strtod(text, nil).bitPattern, "\(text) as \(value)")
    }
    do {
      _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
    } catch {
      throw FuzzFinding("passed, but \(error)")
    }
  }

  /// Passes any value as a user of the scanner does who reads all.
  private static func readAll(
    _ scanner: inout JSONScanner, _ numbers: inout [(text: String, value: Double)]
  ) throws(JSONProblem) {
    switch scanner.next() {
    case UInt8(ascii: "{"):
      try scanner.eachMember { scanner, key throws(JSONProblem) in
        _ = scanner.text(key)
        try readAll(&scanner, &numbers)
      }
    case UInt8(ascii: "["):
      try scanner.eachElement { scanner throws(JSONProblem) in try readAll(&scanner, &numbers) }
    case UInt8(ascii: "\""): _ = scanner.text(try scanner.string())
    default:
      guard scanner.isNumber else { return try scanner.skip() }
      let start = scanner.position
      let value = try scanner.double()
      numbers.append((scanner.written(start..<scanner.position), value))
    }
  }
}
