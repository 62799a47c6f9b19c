import MultiBox

/// The detections that a detector had to leave out, because what its network gave makes no sense:
/// counted, so that nobody misses them without a word.
public struct DroppedDetections: Hashable, Sendable {
  /// The number of scores that were not finite.
  public var nonFiniteScores = 0
  /// The number of boxes with a score that reaches the threshold that were not finite.
  public var nonFiniteBoxes = 0
  /// The number of boxes that would have been among the detections, and have no area inside the
  /// image: they lie outside of it, or their corners are turned.
  public var boxesWithoutArea = 0
  /// The number of scores above 1 among the detections, which are not left out: scores are of 0…1,
  /// and so are thresholds.
  public var scoresAboveOne = 0
  /// The number of detections of each class number that has no name.
  public var unnamedClasses: [Int: Int] = [:]
  /// The number of detections whose class is no whole number.
  public var classesThatAreNoNumber = 0

  /// Creates a count of nothing.
  public init() {}

  /// Returns true where nothing was left out.
  public var isEmpty: Bool { self == DroppedDetections() }

  /// The network gave numbers that are none: what is missing beside them nobody knows.
  public var hasNonFinite: Bool { nonFiniteScores > 0 || nonFiniteBoxes > 0 }

  /// Counts what decoding an image left out, and what it found that makes no sense.
  ///
  /// - Parameter result: of the image.
  public mutating func add(_ result: DetectionDecoder.Result) {
    nonFiniteScores += result.nonFiniteScores
    nonFiniteBoxes += result.nonFiniteBoxes
    boxesWithoutArea += result.boxesWithoutArea
    // A softmax within the network may round to a little more than 1.
    scoresAboveOne += result.detections.count { $0.score > 1.001 }
  }

  /// Adds what was left out elsewhere, as of another image.
  public static func += (sum: inout DroppedDetections, other: DroppedDetections) {
    sum.nonFiniteScores += other.nonFiniteScores
    sum.nonFiniteBoxes += other.nonFiniteBoxes
    sum.boxesWithoutArea += other.boxesWithoutArea
    sum.scoresAboveOne += other.scoresAboveOne
    sum.unnamedClasses.merge(other.unnamedClasses, uniquingKeysWith: +)
    sum.classesThatAreNoNumber += other.classesThatAreNoNumber
  }

  /// One line for people on each kind that was left out.
  public var notes: [String] {
    var notes: [String] = []
    if nonFiniteScores > 0 { notes.append("\(nonFiniteScores) scores left out: not finite") }
    if nonFiniteBoxes > 0 { notes.append("\(nonFiniteBoxes) boxes left out: not finite") }
    if boxesWithoutArea > 0 {
      notes.append("\(boxesWithoutArea) boxes left out: without area inside the image")
    }
    if scoresAboveOne > 0 {
      notes.append(
        "\(scoresAboveOne) scores above 1: expected 0…1, so the description's scoreFunction may be"
          + " another")
    }
    if !unnamedClasses.isEmpty {
      let shown = unnamedClasses.sorted { $0.key < $1.key }.prefix(8)
        .map { "\($0.key) (\($0.value) times)" }.joined(separator: ", ")
      let rest = unnamedClasses.count > 8 ? " and \(unnamedClasses.count - 8) more" : ""
      notes.append(
        "\(unnamedClasses.values.reduce(0, +)) detections left out: of classes that the description"
          + " does not name, number \(shown)\(rest)")
    }
    if classesThatAreNoNumber > 0 {
      notes.append(
        "\(classesThatAreNoNumber) detections left out: their class is no whole number")
    }
    return notes
  }
}
