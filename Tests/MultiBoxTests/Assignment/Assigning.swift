import MultiBox

/// Assigns boxes without classes.
func assigned(
  _ assigner: some BoxAssigner, _ groundTruth: [Box], _ defaultBoxes: DefaultBoxes
) -> BoxAssignment {
  assigner.assignment(
    of: groundTruth.map { LabeledBox(box: $0, classIndex: 1) }, to: defaultBoxes, predictions: nil)
}

extension BoxAssignment {
  /// `D` entries: the matched object, or nil.
  var objects: [Int?] {
    targets.map { if case .object(let object, _) = $0 { object } else { nil } }
  }
}
