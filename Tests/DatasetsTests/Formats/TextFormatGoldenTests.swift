import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// What datumaro reads of made datasets: Scripts/goldens/label_formats_text.py, seed 13.
struct TextFormatGoldenTests {
  private struct Golden: Decodable {
    struct Row: Decodable {
      let name: String
      let corners: [Double]

      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        name = try container.decode(String.self)
        corners = try (0..<4).map { _ in try container.decode(Double.self) }
      }
    }

    struct Made: Decodable {
      let format: String
      let files: [String: String]
      let images: [String: [Int]]
      let splits: [String: [String: [Row]]]
    }

    let sets: [Made]
  }

  // datumaro takes the corners of Pascal VOC as they are written, keeps two decimals of the centre
  // of a turned box, clips none, and calls a split of CVAT after its file.
  @Test(arguments: ["cvat", "kitti", "wider_face", "yolo", "voc", "dota"])
  func datumaroReadsTheSame(format: String) throws {
    let file = TestFiles().folder.appendingPathComponent("Goldens/label-formats-text.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    let made = try #require(golden.sets.first { $0.format == format })
    try withFolder { folder in
      for (path, text) in made.files { try Fixtures.write(text, to: "\(folder)/\(path)") }
      for (path, size) in made.images {
        try Fixtures.writeImage("\(folder)/\(path)", width: size[0], height: size[1])
      }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format.name == format.replacingOccurrences(of: "_", with: ""))
      var found: [String: (image: DatasetImage, objects: [(name: String, box: PixelBox)])] = [:]
      for split in try loader.splits() {
        let (dataset, report) = try loader.load(split: split)
        #expect(report.problems.isEmpty)
        for image in dataset.images {
          let objects = image.groundTruth.map { (dataset.classNames[$0.classIndex], $0.box) }
          found["\(split)/\(image.name)"] = (image, objects)
        }
      }
      var count = 0
      let isOfOneFile = made.splits.count == 1
      for (split, images) in made.splits {
        for (name, rows) in images {
          // WIDER FACE's folders are no part of datumaro's names.
          let own = found.filter {
            $0.key.hasSuffix("/" + name) && (isOfOneFile || $0.key.hasPrefix(split + "/"))
          }
          #expect(own.count == 1)
          let (image, boxes) = try #require(own.first?.value, "\(split)/\(name)")
          try #require(boxes.count == rows.count)
          for (box, row) in zip(boxes, rows) {
            count += 1
            #expect(box.name.lowercased() == row.name.lowercased())
            let shift: Double = format == "voc" ? 1 : 0
            let expected = PixelBox(
              xMin: row.corners[0] - shift, yMin: row.corners[1] - shift, xMax: row.corners[2],
              yMax: row.corners[3]
            ).clipped(width: image.width, height: image.height).corners
            for (a, b) in zip(box.box.corners, expected) { #expect(abs(a - b) < 0.0055) }
          }
        }
      }
      #expect(count >= 15)
      #expect(count == found.values.map(\.objects.count).reduce(0, +))
    }
  }
}
