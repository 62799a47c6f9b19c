import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Other programs read the same in JSON labels; Scripts/goldens/label_formats_json.py made the
/// goldens.
struct JSONOracleTests {
  private struct Golden: Decodable {
    let files: [String: String]
    let pictures: [Picture]
    let boxes: [String: [Object]]
  }

  private struct Picture: Decodable {
    let name: String
    let width: Int
    let height: Int

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      name = try container.decode(String.self)
      width = try container.decode(Int.self)
      height = try container.decode(Int.self)
    }
  }

  private struct Object: Decodable {
    let name: String
    let sides: [Double]

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      name = try container.decode(String.self)
      sides = try (0..<4).map { _ in try container.decode(Double.self) }
    }
  }

  // supervision keeps boxes in Float: 1e-5 of a pixel in images of less than a hundred.
  @Test(arguments: [DatasetFormat.createml, .labelme, .labelstudio])
  func boxesAreThoseOfAnotherReader(format: DatasetFormat) throws {
    let goldens = try TestFiles().golden(
      "label-formats-json", as: [String: Understood<Golden>].self)
    let golden = try #require(goldens[format.name]).value.get()
    try withJSONFolder { folder in
      for (name, text) in golden.files { try folder.write(text, to: name) }
      for picture in golden.pictures {
        try folder.writeImages(picture.name, width: picture.width, height: picture.height)
      }
      let loader = try DatasetLoader(path: folder.path)
      #expect(loader.format == format)
      var count = 0
      for split in try loader.splits() {
        let (dataset, report) = try loader.load(split: split)
        #expect(report.problems.isEmpty, "\(report.problems)")
        for image in dataset.images {
          guard case .file(let path) = image.source else {
            Issue.record("\(image.source)")
            continue
          }
          let expected = try #require(golden.boxes[path.lastPart])
          #expect(
            image.groundTruth.map { dataset.classNames[$0.classIndex] } == expected.map(\.name))
          for (found, object) in zip(image.groundTruth, expected) {
            let box = found.box
            for (a, b) in zip([box.xMin, box.yMin, box.xMax, box.yMax], object.sides) {
              #expect(abs(a - b) < 1e-5, "\(image.name): \(box), \(object)")
            }
            count += 1
          }
        }
      }
      let total = golden.boxes.values.reduce(0) { $0 + $1.count }
      #expect(count == total && total > 20)
    }
  }
}
