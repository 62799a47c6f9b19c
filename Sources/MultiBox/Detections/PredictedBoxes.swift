/// The boxes that a network predicts for one image: ready, or as offsets of default boxes.
enum PredictedBoxes<Scalar: RealScalar> {
  /// `D × 4` offsets.
  case offsets(UnsafeBufferPointer<Scalar>, relativeTo: DefaultBoxes, coder: BoxCoder)
  case corners([Box])

  subscript(index: Int) -> Box {
    @inline(__always) get {
      switch self {
      case .offsets(let offsets, let defaultBoxes, let coder):
        let first = index * 4
        let values = BoxOffsets(
          cx: Double(offsets[first]), cy: Double(offsets[first + 1]),
          width: Double(offsets[first + 2]), height: Double(offsets[first + 3]))
        return Box(coder.decoded(values, relativeTo: defaultBoxes.centers[index]))
      case .corners(let boxes):
        return boxes[index]
      }
    }
  }

  var count: Int {
    switch self {
    case .offsets(_, let defaultBoxes, _): defaultBoxes.count
    case .corners(let boxes): boxes.count
    }
  }
}

extension PredictedBoxes<Float> {
  /// Returns the indices of the boxes that are not finite, without decoding those that must be.
  func nonFiniteIndices() -> [Int] {
    if case .offsets(let offsets, let defaultBoxes, let coder) = self {
      // A side is multiplied by no more than e⁶⁰⁰ ≈ 10²⁶⁰, a centre moved by 600 sides.
      let limit = Float(600 / max(coder.centerVariance, coder.sizeVariance, 1e-30))
      if defaultBoxes.extent < 1e40, offsets.allSatisfyMagnitude(atMost: limit) { return [] }
    }
    return (0..<count).filter { !self[$0].isFinite }
  }
}
