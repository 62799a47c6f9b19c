import Datasets
import Foundation
import ImageFiles
import MultiBox

/// The page of `multibox dataset --browse`: one HTML file that shows images with their boxes, and
/// what is suspicious about them.
public struct DatasetPage: Sendable {
  private let parts: [DatasetPart]
  private let title: String
  private let alike: NearDuplicates?

  /// Images that a page shows: more would make a file that browsers open slowly.
  static let imageLimit = 600
  /// The longer side of the first pictures, about as large as a page shows one that is opened: what
  /// is suspicious is among them. All of this size would make a file of four times the bytes.
  private static let largeSideLimit = 960
  private static let largeCount = 100
  /// The longer side of the others.
  private static let sideLimit = 480

  /// Creates a page.
  ///
  /// - Parameters:
  ///   - parts: the splits, with the classes in one order.
  ///   - title: of the page.
  ///   - alike: images that look alike, over all parts in their order; nil where nobody looked.
  public init(_ parts: [DatasetPart], title: String, alike: NearDuplicates? = nil) {
    self.parts = parts
    self.title = title
    self.alike = alike
  }

  /// Writes the page atomically, in folders that are made as needed.
  ///
  /// - Parameter path: of the HTML file; a file that is there and no page is not written over.
  /// - Throws: `FileError` where it cannot be written; `ImageError` for a picture that cannot be
  ///   read.
  public func write(to path: String) throws {
    try PageFile.write(html(), .dataset, to: path)
  }

  /// Returns the whole page.
  public func html() throws -> String {
    let template = String(decoding: PackageResources.browse_html, as: UTF8.self)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return template.replacingOccurrences(
      of: "@DATA@", with: PageFile.embedded(try encoder.encode(content())))
  }

  /// What the page's script reads.
  struct Content: Encodable {
    struct Image: Encodable {
      let name: String
      let split: String
      let width: Int
      let height: Int
      let picture: String
      let marks: [String]
      let objects: [Object]
      let regions: [Region]
    }

    struct Object: Encodable {
      let `class`: Int
      /// x, y, width, height in pixels of the image.
      let box: [Double]
      let marks: [String]
      let isDifficult: Bool
    }

    /// Where nothing counts.
    struct Region: Encodable {
      let classes: [Int]
      /// As an object's.
      let box: [Double]
    }

    /// Something that was left out, or changed at a known place.
    struct Problem: Encodable {
      let kind: String
      let split: String
      let file: String
      let reason: String
    }

    let title: String
    let classes: [String]
    let splits: [String]
    let total: Int
    /// The words of each mark.
    let marks: [String: String]
    let images: [Image]
    /// What was left out, counted; nil where nothing was.
    let leftOut: String?
    /// Lines of what was changed, each with its split.
    let changes: [String]
    let problems: [Problem]
  }

  private static let alikeMark = "alike"
  private static let leakMark = "leak"
  private static let emptyMark = "empty"
  private static let unlabeledMark = "unlabeled"

  private func content() throws -> Content {
    let images = parts.flatMap { part in part.dataset.images.map { (part.split, $0) } }
    let marks = marks(images)
    // What is suspicious comes first, then as many others, evenly over all.
    let suspicious = images.indices.filter { !marks[$0].image.isEmpty || marks[$0].hasObjectMark }
    let plain = images.indices.filter { marks[$0].image.isEmpty && !marks[$0].hasObjectMark }
    let room = max(Self.imageLimit - suspicious.count, 0)
    let step = max(Double(plain.count) / Double(max(room, 1)), 1)
    let others = (0..<min(room, plain.count)).map { plain[Int(Double($0) * step)] }
    let shown = suspicious.prefix(Self.imageLimit) + others
    let pictures = try pictures(shown.map { images[$0].1 })
    return Content(
      title: title, classes: parts.first.map { Array($0.dataset.classNames) } ?? [],
      splits: parts.map(\.split), total: images.count,
      marks: Dictionary(
        uniqueKeysWithValues: Suspicion.allCases.map { ($0.rawValue, $0.text) } + [
          (Self.alikeMark, "nearly the same as another image"),
          (Self.leakMark, "nearly the same as an image of another split"),
          (Self.emptyMark, "no object"), (Self.unlabeledMark, "no labels at all"),
        ]),
      images: zip(shown, pictures).map { index, picture in
        let (split, image) = images[index]
        return Content.Image(
          name: image.name, split: split, width: image.width, height: image.height,
          picture: picture, marks: marks[index].image,
          objects: zip(image.groundTruth, marks[index].objects)
            .filter { !$0.0.isCrowd }.map { labeled, marks in
              Content.Object(
                class: labeled.classIndex, box: labeled.box.sides,
                marks: marks.map(\.rawValue), isDifficult: labeled.isDifficult)
            },
          regions: image.regions.map {
            Content.Region(classes: $0.classIndices, box: $0.box.sides)
          })
      },
      leftOut: leftOut,
      changes: parts.flatMap { part in
        var changes = DatasetReport()
        for (change, count) in part.report.changes { changes.add(change, count: count) }
        return changes.lines(limit: 0).map { "\(part.split): \($0)" }
      }, problems: problems)
  }

  private var leftOut: String? {
    var all = DatasetReport()
    for part in parts { all.add(part.report) }
    return all.leftOut
  }

  /// What was left out of all splits first, then the places of changes.
  private var problems: [Content.Problem] {
    parts.flatMap { part in
      part.report.problems.map {
        Content.Problem(kind: $0.kind.text, split: part.split, file: $0.file, reason: $0.reason)
      }
    }
      + parts.flatMap { part in
        DatasetChange.allCases.flatMap { change in
          (part.report.places[change] ?? []).map {
            Content.Problem(kind: change.text, split: part.split, file: $0.file, reason: $0.reason)
          }
        }
      }
  }

  private struct Marks {
    var image: [String] = []
    var objects: [[Suspicion]] = []
    var hasObjectMark: Bool { objects.contains { !$0.isEmpty } }
  }

  private func marks(_ images: [(split: String, image: DatasetImage)]) -> [Marks] {
    var marks = images.map { Marks(objects: Suspicion.of($0.image)) }
    let unlabeled = Set(
      parts.flatMap(\.report.problems).filter { $0.kind == .unlabeledImage }.map(\.file))
    for (index, (_, image)) in images.enumerated() where image.countedObjects.isEmpty {
      var isUnlabeled = unlabeled.contains(image.name)
      if case .file(let path) = image.source { isUnlabeled = unlabeled.contains(path) }
      marks[index].image.append(isUnlabeled ? Self.unlabeledMark : Self.emptyMark)
    }
    for pair in alike?.pairs ?? [] where pair.second < images.count {
      let isLeak = images[pair.first].split != images[pair.second].split
      for index in [pair.first, pair.second] {
        let mark = isLeak ? Self.leakMark : Self.alikeMark
        if !marks[index].image.contains(mark) { marks[index].image.append(mark) }
      }
    }
    return marks
  }

  /// The pictures as the page holds them, made on all cores.
  private func pictures(_ images: [DatasetImage]) throws -> [String] {
    try concurrentMap(
      count: images.count, threadCount: AvailableProcessors.count
    ) { index in
      let sideLimit = index < Self.largeCount ? Self.largeSideLimit : Self.sideLimit
      return Result { try images[index].pixels().dataURI(sideLimit: sideLimit) }
    }.map { try $0.get() }
  }
}

extension PixelBox {
  /// x, y, width and height.
  fileprivate var sides: [Double] { [xMin, yMin, width, height] }
}
