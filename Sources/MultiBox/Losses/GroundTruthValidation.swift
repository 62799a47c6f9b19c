/// Checks ground truth before it is learned from: one bad box would spoil a whole run quietly.
enum GroundTruthValidation {
  /// How far a normalized coordinate may leave 0…1: what decimal files and float32 arithmetic
  /// round.
  static let tolerance = 1e-5

  /// - Throws: ``InputError`` naming image, box and value.
  static func check(
    _ groundTruth: [[LabeledBox]], classCount: Int
  ) throws(InputError) {
    let allowed = -tolerance...1 + tolerance
    for (image, boxes) in groundTruth.enumerated() {
      for (index, labeled) in boxes.enumerated() {
        let box = labeled.box
        guard box.isFinite else {
          throw InputError.boxNotFinite(image: image, index: index, box: box)
        }
        guard box.hasArea else {
          throw InputError.boxWithoutArea(image: image, index: index, box: box)
        }
        guard
          allowed.contains(box.xMin), allowed.contains(box.yMin), allowed.contains(box.xMax),
          allowed.contains(box.yMax)
        else { throw InputError.boxOutsideImage(image: image, index: index, box: box) }
        guard labeled.classIndex >= 1, labeled.classIndex <= classCount else {
          throw InputError.classOutOfRange(
            image: image, index: index, classIndex: labeled.classIndex, classCount: classCount)
        }
      }
    }
  }

  /// Checks assignments that the caller brings.
  ///
  /// - Throws: ``InputError`` naming the image.
  static func check(
    _ assignments: [BoxAssignment], groundTruth: [[LabeledBox]], defaultBoxCount: Int
  ) throws(InputError) {
    guard assignments.count == groundTruth.count else {
      throw InputError.countMismatch(
        argument: "assignments", expected: "\(groundTruth.count) (one an image)",
        found: assignments.count)
    }
    for (image, assignment) in assignments.enumerated() {
      guard assignment.defaultBoxCount == defaultBoxCount else {
        throw InputError.countMismatch(
          argument: "assignments[\(image)]", expected: "\(defaultBoxCount) (default boxes)",
          found: assignment.defaultBoxCount)
      }
      let objects = assignment.ownedDefaultBoxes.count
      guard objects == groundTruth[image].count else {
        throw InputError.countMismatch(
          argument: "assignments[\(image)].ownedDefaultBoxes",
          expected: "\(groundTruth[image].count) (one an object)", found: objects)
      }
    }
  }
}
