import MultiBox

/// Finds places for the labels of boxes: at their box, inside the picture, off other labels.
///
/// Each label tries places above, below, in and beside its box, and rows further in or away, and
/// takes the one where it overlaps labels placed before least, then hides least of all boxes, then
/// is closest to where one looks first. The result depends on the order of the calls alone.
struct LabelPlacement {
  /// Where a label is looked for first.
  enum Preference {
    /// Above the box, at its left.
    case above
    /// In the box, at the lower left.
    case inside
  }

  /// The picture.
  private let frame: PixelBox
  /// What labels should not hide.
  private let boxes: [PixelBox]
  private var placed: [PixelBox] = []

  init(width: Double, height: Double, boxes: [PixelBox]) {
    frame = PixelBox(xMin: 0, yMin: 0, xMax: width, yMax: height)
    self.boxes = boxes.filter(\.hasArea)
  }

  /// Rows of labels that are tried in a box and away from it.
  private static let rowCount = 12
  /// A label over another cannot be read, so any overlap weighs more than all else.
  private static let overlapWeight = 100.0
  /// What a place later in the list costs, in boxes that are wholly hidden.
  private static let rankWeight = 0.02

  /// Returns the place of the next label.
  ///
  /// - Parameters:
  ///   - width: of the label, in pixels, as its height.
  ///   - box: what the label belongs to.
  mutating func place(
    width: Double, height: Double, at box: PixelBox, preference: Preference = .above
  ) -> PixelBox {
    var best = inFrame(x: box.xMin, y: box.yMin - height, width, height)
    var least = Double.infinity
    let corners = Self.corners(of: box, width, height, preference)
    for (rank, corner) in corners.enumerated() {
      let candidate = inFrame(x: corner.x, y: corner.y, width, height)
      let overlap = placed.reduce(0) { $0 + $1.intersectionArea(candidate) } / (width * height)
      let hidden = boxes.reduce(0) { $0 + $1.intersectionArea(candidate) / $1.area }
      let cost = Self.overlapWeight * overlap + hidden + Self.rankWeight * Double(rank)
      if cost < least { (best, least) = (candidate, cost) }
    }
    placed.append(best)
    return best
  }

  /// Upper left corners to try, the first the most wanted.
  private static func corners(
    of box: PixelBox, _ width: Double, _ height: Double, _ preference: Preference
  ) -> [(x: Double, y: Double)] {
    let (left, right) = (box.xMin, box.xMax - width)
    let above = [(left, box.yMin - height), (right, box.yMin - height)]
    let below = [(left, box.yMax), (right, box.yMax)]
    let top = [(left, box.yMin), (right, box.yMin)]
    let bottom = [(left, box.yMax - height), (right, box.yMax - height)]
    let beside = [
      (box.xMax, box.yMin), (box.xMin - width, box.yMin), (box.xMax, box.yMax - height),
      (box.xMin - width, box.yMax - height),
    ]
    let further = (1...rowCount).flatMap { row in
      let distance = Double(row) * height
      return [
        (left, box.yMin + distance), (right, box.yMin + distance),
        (left, box.yMin - height - distance), (left, box.yMax + distance),
      ]
    }
    return switch preference {
    case .above: above + below + top + bottom + beside + further
    case .inside: bottom + top + below + above + beside + further
    }
  }

  private func inFrame(x: Double, y: Double, _ width: Double, _ height: Double) -> PixelBox {
    let (x, y) = (
      max(min(x, frame.xMax - width), 0), max(min(y, frame.yMax - height), 0)
    )
    return PixelBox(xMin: x, yMin: y, xMax: x + width, yMax: y + height)
  }
}
