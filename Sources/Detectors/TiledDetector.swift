import ImageFiles
import MultiBox

/// A detector that looks at an image whole and at overlapping parts of it, for objects that are
/// small in a large image.
///
/// What is found in several of them is merged class by class, by falling score. Two detections from
/// different parts are one where their IoU reaches ``TiledDetector/mergingOverlap``, or, where one
/// of them is cut by an edge of a tile inside the image, where they share as much of the smaller
/// box. The one of higher score stays; cut, it takes the box of the other where that is whole, and
/// grows to hold both where that is cut as well, so that an object longer than a tile becomes one
/// again. A whole object inside a larger one of its class stays. Of the image as a whole those
/// objects count that are as large as a quarter of a tile or larger; smaller ones are seen better
/// in the tiles.
public struct TiledDetector: ObjectDetector {
  private let detector: any ObjectDetector
  /// The cut.
  public let tiling: Tiling
  /// The overlap from which two detections of different parts are one, 0…1.
  public let mergingOverlap: Double

  /// Creates a detector of tiles.
  ///
  /// - Parameters:
  ///   - detector: looks at the image and at each tile.
  ///   - tiling: the cut.
  ///   - mergingOverlap: the overlap from which two detections are one.
  public init(_ detector: any ObjectDetector, tiling: Tiling, mergingOverlap: Double = 0.5) {
    self.detector = detector
    self.tiling = tiling
    self.mergingOverlap = mergingOverlap
  }

  public var classNames: ClassNames { detector.classNames }
  public var concurrency: Int { detector.concurrency }
  public var scoreThreshold: Double { detector.scoreThreshold }
  public var dropped: DroppedDetections { detector.dropped }

  public func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    try images.map { image in
      let tiles = tiling.tiles(width: image.width, height: image.height)
      let whole = try detector.detections(in: image)
      guard tiles.count > 1 else { return whole }
      let least = Double(tiling.side * tiling.side) / 4
      var parts = whole.filter { $0.box.area >= least }.map {
        Part($0, number: 0, isCut: false)
      }
      for start in stride(from: 0, to: tiles.count, by: detector.batchSize) {
        let group = tiles[start..<min(start + detector.batchSize, tiles.count)]
        let found = try detector.detections(in: group.compactMap { image.cropped(to: $0) })
        for ((number, tile), detections) in zip(zip(group.indices, group), found) {
          parts += detections.map { detection in
            let moved = PixelDetection(
              box: detection.box.moved(x: tile.xMin, y: tile.yMin),
              classIndex: detection.classIndex, score: detection.score)
            return Part(
              moved, number: number + 1,
              isCut: tile.cuts(moved.box, width: image.width, height: image.height))
          }
        }
      }
      return merged(parts)
    }
  }

  /// A detection, the number of the part that it was found in, and whether an edge of that part
  /// cuts it.
  private struct Part {
    var detection: PixelDetection
    let number: Int
    var isCut: Bool

    init(_ detection: PixelDetection, number: Int, isCut: Bool) {
      self.detection = detection
      self.number = number
      self.isCut = isCut
    }
  }

  /// Returns what remains, best first.
  private func merged(_ parts: [Part]) -> [PixelDetection] {
    let order = parts.indices.sorted {
      let (a, b) = (parts[$0].detection.score, parts[$1].detection.score)
      return a > b || (a == b && $0 < $1)
    }
    var kept: [Part] = []
    for index in order {
      let part = parts[index]
      let box = part.detection.box
      // Of several the one that shares most.
      var best: (position: Int, overlap: Double)?
      for (position, other) in kept.enumerated()
      where other.number != part.number
        && other.detection.classIndex == part.detection.classIndex
      {
        let overlap = Self.overlap(part, other)
        if overlap >= mergingOverlap, overlap > best?.overlap ?? 0 { best = (position, overlap) }
      }
      guard let best else {
        kept.append(part)
        continue
      }
      guard kept[best.position].isCut else { continue }
      if part.isCut {
        kept[best.position].detection.box = kept[best.position].detection.box.union(box)
      } else {
        kept[best.position].detection.box = box
        kept[best.position].isCut = false
      }
    }
    return kept.map(\.detection)
  }

  /// IoU; of a piece the share of the smaller box.
  private static func overlap(_ one: Part, _ other: Part) -> Double {
    let (a, b) = (one.detection.box, other.detection.box)
    guard one.isCut || other.isCut else { return a.intersectionOverUnion(b) }
    let smaller = min(a.area, b.area)
    return smaller > 0 ? a.intersectionArea(b) / smaller : 0
  }
}

extension PixelBox {
  fileprivate func moved(x: Double, y: Double) -> PixelBox {
    PixelBox(xMin: xMin + x, yMin: yMin + y, xMax: xMax + x, yMax: yMax + y)
  }

  fileprivate func union(_ other: PixelBox) -> PixelBox {
    PixelBox(
      xMin: min(xMin, other.xMin), yMin: min(yMin, other.yMin), xMax: max(xMax, other.xMax),
      yMax: max(yMax, other.yMax))
  }

  /// Whether `box` reaches an edge of this tile that is none of the image's. A network places edges
  /// to within a pixel or two.
  fileprivate func cuts(_ box: PixelBox, width: Int, height: Int) -> Bool {
    let near = 2.0
    return (xMin > 0 && box.xMin <= xMin + near) || (yMin > 0 && box.yMin <= yMin + near)
      || (xMax < Double(width) && box.xMax >= xMax - near)
      || (yMax < Double(height) && box.yMax >= yMax - near)
  }
}
