import ImageFiles
import MultiBox

/// A detector that looks at an image whole and at overlapping parts of it, for objects that are
/// small in a large image.
///
/// What is found in several of them is merged class by class, by falling score. Two detections from
/// different parts are one where their IoU reaches ``TiledDetector/mergingOverlap``, or, where one
/// of them is cut by an edge of a tile inside the image, where they share as much of the smaller
/// box. The one has the higher score of both, and the box of one that is whole; of pieces alone the
/// box around them, so that an object longer than a tile becomes one again. A whole object inside a
/// larger one of its class stays. Of the image as a whole those objects count that are as large as
/// a quarter of a tile or larger; smaller ones are seen better in the tiles.
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
  public var bestThresholds: BestThresholds? { detector.bestThresholds }
  public var tileSide: Int? { detector.tileSide }
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
      let matches = kept.indices.filter { position in
        let other = kept[position]
        return other.number != part.number
          && other.detection.classIndex == part.detection.classIndex
          && Self.overlap(part, other) >= mergingOverlap
      }
      // A whole one if there is one, else the best piece.
      guard let stays = matches.first(where: { !kept[$0].isCut }) ?? matches.first else {
        kept.append(part)
        continue
      }
      let pieces = matches.filter { $0 != stays && kept[$0].isCut }
      for position in pieces { join(&kept[stays], kept[position]) }
      join(&kept[stays], part)
      for position in pieces.reversed() { kept.remove(at: position) }
    }
    return kept.indices.sorted {
      let (a, b) = (kept[$0].detection.score, kept[$1].detection.score)
      return a > b || (a == b && $0 < $1)
    }.map { kept[$0].detection }
  }

  /// Makes one of two: the higher score, a whole box before a piece, the box around two pieces.
  private func join(_ one: inout Part, _ other: Part) {
    one.detection.score = max(one.detection.score, other.detection.score)
    guard one.isCut else { return }
    if other.isCut {
      one.detection.box = one.detection.box.union(other.detection.box)
    } else {
      one.detection.box = other.detection.box
      one.isCut = false
    }
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
