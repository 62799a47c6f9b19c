import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Datasets as independent programs read and write them: Scripts/goldens/label_formats.py with
/// Python's csv module, datumaro 1.13.12 and tfrecord 1.14.6, seed 17.
struct LabelFormatGoldenTests {
  private struct Goldens: Decodable {
    struct Table: Decodable {
      let text: String
      let records: [[String]]
    }

    struct Labels: Decodable {
      let layout: String
      let files: [String: String]
      let images: [String: [Int]]
      let objects: [String: [Object]]
    }

    struct Records: Decodable {
      let files: [String: String]
      let file: Data
      let objects: [String: [Object]]
    }

    let tables: [Table]
    let datasets: [Labels]
    let records: Records
  }

  /// A name and four corners.
  private struct Object: Decodable {
    let name: String
    let corners: [Double]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      name = try values.decode(String.self)
      var corners: [Double] = []
      while !values.isAtEnd { corners.append(try values.decode(Double.self)) }
      self.corners = corners
    }
  }

  private func goldens() throws -> Goldens { try TestFiles().golden("label-formats") }

  private func expect(
    _ dataset: DetectionDataset, _ objects: [String: [Object]], tolerance: Double = 0
  ) throws {
    #expect(objects.values.joined().count > 10)
    #expect(Set(dataset.images.map(\.name)) == Set(objects.keys))
    for image in dataset.images {
      let expected = try #require(objects[image.name])
      #expect(
        image.groundTruth.map { dataset.classNames[$0.classIndex] } == expected.map(\.name))
      for (found, expected) in zip(image.groundTruth, expected) {
        let corners = [found.box.xMin, found.box.yMin, found.box.xMax, found.box.yMax]
        #expect(
          zip(corners, expected.corners).allSatisfy { abs($0 - $1) <= tolerance },
          "\(image.name): \(corners), not \(expected.corners)")
      }
    }
  }

  @Test func recordsOfTablesAreThoseOfPython() throws {
    let tables = try goldens().tables
    #expect(tables.count == 4)
    for table in tables {
      let records = CSVRecords(try TextFile(Data(table.text.utf8), path: "x"))
      #expect(records.map(\.fields) == table.records)
    }
  }

  @Test func tablesSayWhatDatumaroReads() throws {
    let datasets = try goldens().datasets
    #expect(datasets.map(\.layout) == ["vott_csv", "open_images"])
    for golden in datasets {
      try withFolder { folder in
        for (name, text) in golden.files { try Fixtures.write(text, to: "\(folder)/\(name)") }
        for (name, size) in golden.images {
          try Fixtures.writeImage("\(folder)/\(name)", width: size[0], height: size[1])
        }
        let loader = try DatasetLoader(path: folder)
        #expect(loader.format == .csv)
        let (dataset, report) = try loader.load(split: "train")
        // Shares become pixels by a product that rounds.
        try expect(dataset, golden.objects, tolerance: 1e-9)
        #expect(report.problems.isEmpty)
      }
    }
  }

  @Test func recordsSayWhatWasWritten() throws {
    let golden = try goldens().records
    try withFolder { folder in
      try golden.file.write(to: URL(fileURLWithPath: folder + "/train.tfrecord"))
      for (name, text) in golden.files { try Fixtures.write(text, to: "\(folder)/\(name)") }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .tfrecord)
      let (dataset, report) = try loader.load(split: "train", decode: { try $0.pixels() })
      #expect(dataset.classNames == ["cat", "dog, big", "the \"fox\"", "Äpfel"])
      try expect(dataset, golden.objects)
      #expect(report.problems.isEmpty)
    }
  }
}
