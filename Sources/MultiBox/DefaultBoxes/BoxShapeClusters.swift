/// k-means of box shapes, with the distance 1 − IoU of two boxes around the same centre.
///
/// The Euclidean distance would let large boxes decide. A cluster's shape is the mean width and
/// height of its boxes.
///
/// - SeeAlso: Redmon and Farhadi, "YOLO9000", §2 "Dimension clusters" (arXiv:1612.08242).
public struct BoxShapeClusters: Hashable, Sendable {
  /// Width and height of a box, in pixels of the network's input.
  public typealias Shape = DefaultBoxSpecification.Shape

  /// The shapes of the clusters by rising area.
  public let shapes: [Shape]
  /// The mean IoU of each box with the nearest shape.
  public let meanOverlap: Double

  /// Returns the IoU of `a` and `b` around the same centre, 0…1.
  public static func overlap(_ a: Shape, _ b: Shape) -> Double {
    let shared = min(a.width, b.width) * min(a.height, b.height)
    return shared / (a.width * a.height + b.width * b.height - shared)
  }

  /// Clusters shapes.
  ///
  /// - Parameters:
  ///   - boxes: one or more shapes with area.
  ///   - count: k; where there are fewer different shapes, as many clusters as those.
  ///   - restarts: the number of beginnings that are tried; the one of the largest mean IoU is
  ///     kept.
  ///   - generator: chooses the beginnings, far apart (k-means++).
  public init(
    _ boxes: [Shape], count: Int, restarts: Int = 5,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(!boxes.isEmpty && count > 0, "\(count) clusters of \(boxes.count) shapes")
    let limit = min(count, Set(boxes).count)
    var best: (shapes: [Shape], meanOverlap: Double)?
    for _ in 0..<max(restarts, 1) {
      let found = Self.cluster(boxes, count: limit, using: &generator)
      if found.meanOverlap > best?.meanOverlap ?? -1 { best = found }
    }
    shapes = (best?.shapes ?? []).sorted { $0.width * $0.height < $1.width * $1.height }
    meanOverlap = best?.meanOverlap ?? 0
  }

  private static func cluster(
    _ boxes: [Shape], count: Int, using generator: inout some RandomNumberGenerator
  ) -> (shapes: [Shape], meanOverlap: Double) {
    var shapes = beginnings(boxes, count: count, using: &generator)
    var assignment = [Int](repeating: -1, count: boxes.count)
    // It ends by itself; the bound is for ties that go round in circles.
    for _ in 0..<200 {
      let nearest = boxes.map { Self.nearest(to: $0, among: shapes).index }
      if nearest == assignment { break }
      assignment = nearest
      for index in shapes.indices {
        let members = boxes.indices.filter { assignment[$0] == index }
        guard !members.isEmpty else { continue }
        let scale = 1 / Double(members.count)
        shapes[index] = Shape(
          width: members.reduce(0) { $0 + boxes[$1].width } * scale,
          height: members.reduce(0) { $0 + boxes[$1].height } * scale)
      }
    }
    let total = boxes.reduce(0) { $0 + Self.nearest(to: $1, among: shapes).overlap }
    return (shapes, total / Double(boxes.count))
  }

  private static func nearest(
    to box: Shape, among shapes: [Shape]
  ) -> (index: Int, overlap: Double) {
    var best = (index: 0, overlap: -1.0)
    for (index, shape) in shapes.enumerated() {
      let overlap = overlap(box, shape)
      if overlap > best.overlap { best = (index, overlap) }
    }
    return best
  }

  /// Each next beginning is drawn with a probability that grows with the square of its distance.
  private static func beginnings(
    _ boxes: [Shape], count: Int, using generator: inout some RandomNumberGenerator
  ) -> [Shape] {
    var shapes = [boxes[Int.random(in: 0..<boxes.count, using: &generator)]]
    while shapes.count < count {
      let weights = boxes.map { box in
        let distance = 1 - nearest(to: box, among: shapes).overlap
        return distance * distance
      }
      var rest = Double.random(in: 0..<1, using: &generator) * weights.reduce(0, +)
      let drawn = weights.firstIndex { weight in
        rest -= weight
        return rest < 0
      }
      // Rounding may leave a rest behind the last one; any that is not taken yet will do.
      let index = drawn ?? weights.indices.last { weights[$0] > 0 } ?? 0
      shapes.append(boxes[index])
    }
    return shapes
  }
}
