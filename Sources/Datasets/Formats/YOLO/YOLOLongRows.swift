import Files
import MultiBox

/// Rows that go on behind a box, where nothing says with what: key points, or confidence and number
/// of a track. They have as many numbers as polygons, and are none.
///
/// The rows of several files decide together: a polygon in the middle of its image may look like a
/// box with points in it, but not most of a dataset's, nor do all of those have as many corners.
struct YOLOLongRows: Sendable {
  /// How many numbers stand behind the class of such a row.
  let count: Int
  /// What probably follows the box.
  var meaning: String {
    count == Self.trackCount
      ? "confidence and number of a track, which must go"
      : "key points, of which kpt_shape in a data.yaml tells"
  }

  private static let trackCount = 6

  /// Looks at the first files; nil where their rows are boxes or polygons.
  init?(of files: some Sequence<String>) {
    self.init(ofTexts: files.lazy.map { try? TextFile($0) }.prefix(Self.sample).compactMap(\.self))
  }

  private static let sample = 50

  /// Looks at the first texts; nil where their rows are boxes or polygons.
  init?(ofTexts texts: some Sequence<TextFile>) {
    var (count, votes) = (0, 0)
    for text in texts.prefix(Self.sample) {
      for line in text.lines {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count > 6, words.count % 2 == 1,
          let numbers = TextLabels.numbers(words.dropFirst())
        else { continue }
        guard count == 0 || count == numbers.count else { return nil }
        count = numbers.count
        votes += Self.vote(numbers)
      }
    }
    guard votes > 0 else { return nil }
    self.count = count
  }

  /// 1 for a row that is no polygon, −1 for one that does not go on behind a box, 0 for one that
  /// could be both.
  private static func vote(_ numbers: [Double]) -> Int {
    let box = Box(
      CenterBox(cx: numbers[0], cy: numbers[1], width: numbers[2], height: numbers[3]))
    let image = Box(xMin: 0, yMin: 0, xMax: 1, yMax: 1)
    guard numbers[2] > 0, numbers[3] > 0, image.holds(box.xMin, box.yMin, margin: 0.01),
      image.holds(box.xMax, box.yMax, margin: 0.01)
    else { return -1 }
    if numbers.count == trackCount {
      return (0...1).contains(numbers[4]) && numbers[5] >= 0 && numbers[5] == numbers[5].rounded()
        ? 1 : -1
    }
    let rest = numbers.dropFirst(4)
    // Behind x and y may stand whether the point is seen.
    let isSeen = stride(from: 6, to: numbers.count, by: 3).map { numbers[$0] }
    let width = rest.count % 3 == 0 && isSeen.allSatisfy([0, 1, 2].contains) ? 3 : 2
    let points = stride(from: 4, to: numbers.count, by: width).map {
      (x: numbers[$0], y: numbers[$0 + 1])
    }
    guard points.allSatisfy({ $0 == (0, 0) || box.holds($0.x, $0.y, margin: 0.1) }) else {
      return -1
    }
    if width == 3 { return 1 }
    // The second corner of a polygon is near the others, and width and height are no place.
    let (first, second) = ((x: numbers[0], y: numbers[1]), (x: numbers[2], y: numbers[3]))
    if points.count == 2, abs(first.x + points[0].x - second.x - points[1].x) < 0.01,
      abs(first.y + points[0].y - second.y - points[1].y) < 0.01
    {
      return -1
    }
    let (xs, ys) = (points.map(\.x) + [first.x], points.map(\.y) + [first.y])
    let others = Box(
      xMin: xs.min() ?? 0, yMin: ys.min() ?? 0, xMax: xs.max() ?? 0, yMax: ys.max() ?? 0)
    let side = max(others.xMax - others.xMin, others.yMax - others.yMin)
    let isNear =
      others.xMin - side <= second.x && second.x <= others.xMax + side
      && others.yMin - side <= second.y && second.y <= others.yMax + side
    return isNear ? 0 : 1
  }
}

extension Box {
  /// Says whether a point lies in the box, or near it.
  ///
  /// - Parameters:
  ///   - x: of the point.
  ///   - y: of the point.
  ///   - margin: how near, in shares of the box's sides.
  fileprivate func holds(_ x: Double, _ y: Double, margin: Double) -> Bool {
    let (dx, dy) = ((xMax - xMin) * margin, (yMax - yMin) * margin)
    return xMin - dx <= x && x <= xMax + dx && yMin - dy <= y && y <= yMax + dy
  }
}
