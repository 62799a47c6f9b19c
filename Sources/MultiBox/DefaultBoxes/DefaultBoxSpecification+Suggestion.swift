extension DefaultBoxSpecification {
  /// Returns a specification on the same feature maps whose shapes are those of a dataset.
  ///
  /// Each object goes to the coarsest map whose step is at most half of its shorter side, else to
  /// the finest: the nearest centre is then at most a quarter of a side away, where a box of the
  /// right shape still reaches IoU .39, and .62 on average. On each map its objects' shapes are
  /// clustered (``BoxShapeClusters``) into the fewest shapes that bring 99 % of them to IoU .7 with
  /// one, were it centred on the object; at most six. Further shapes would only match the same
  /// objects once more. A map without objects keeps its first shape.
  ///
  /// - Parameters:
  ///   - groundTruth: for each image its boxes, normalized; crowds are left out.
  ///   - generator: for the clustering.
  public func adapted(
    to groundTruth: [[LabeledBox]], using generator: inout some RandomNumberGenerator
  ) -> DefaultBoxSpecification {
    let (width, height) = (Double(imageWidthInPixels), Double(imageHeightInPixels))
    let shapes = groundTruth.joined().filter { !$0.isCrowd && $0.box.hasArea }.map {
      Shape(width: $0.box.width * width, height: $0.box.height * height)
    }
    let steps = featureMaps.map {
      $0.stepInPixels ?? max(width / Double($0.columns), height / Double($0.rows))
    }
    let finest = steps.indices.min { steps[$0] < steps[$1] } ?? 0
    var ofMap = [[Shape]](repeating: [], count: featureMaps.count)
    for shape in shapes {
      let side = min(shape.width, shape.height)
      let fitting = steps.indices.filter { steps[$0] * 2 <= side }
      ofMap[fitting.max { steps[$0] < steps[$1] } ?? finest].append(shape)
    }
    var result = self
    for (index, members) in ofMap.enumerated() {
      result.featureMaps[index].shapes =
        members.isEmpty
        ? Array(featureMaps[index].shapes.prefix(1))
        : Self.fewestShapes(for: members, using: &generator)
    }
    return result
  }

  /// Shapes of a map at most: as many as SSD ever gives one.
  private static let shapeLimit = 6

  private static func fewestShapes(
    for members: [Shape], using generator: inout some RandomNumberGenerator
  ) -> [Shape] {
    var shapes: [Shape] = []
    for count in 1...shapeLimit {
      shapes = BoxShapeClusters(members, count: count, using: &generator).shapes
      let fitting = members.count { member in
        shapes.contains { BoxShapeClusters.overlap($0, member) >= 0.7 }
      }
      if fitting * 100 >= members.count * 99 || shapes.count < count { break }
    }
    return shapes
  }
}
