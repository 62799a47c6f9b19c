import MultiBox

/// A rule of assignment: every default box whose centre lies inside an object learns it, of several
/// objects the smallest.
struct CenterAssigner: BoxAssigner {
  func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment {
    let smallestFirst = objects.indices.sorted { objects[$0].box.area < objects[$1].box.area }
    let matches = defaultBoxes.centers.enumerated().compactMap { index, center in
      smallestFirst.first { object in
        let box = objects[object].box
        return center.cx > box.xMin && center.cx < box.xMax && center.cy > box.yMin
          && center.cy < box.yMax
      }.map { BoxAssignment.Match(defaultBox: index, object: $0) }
    }
    return BoxAssignment(
      defaultBoxCount: defaultBoxes.count, matches: matches,
      ownedDefaultBoxes: objects.map { _ in nil })
  }
}
