import Detectors
import MultiBox
import NetworkInput

/// How four numbers are a box.
struct BoxForm {
  let order: DetectorDescription.BoxOrder
  let isNormalized: Bool
  let input: InputSpecification

  init(
    order: DetectorDescription.BoxOrder, isNormalized: Bool, _ input: InputSpecification
  ) {
    self.order = order
    self.isNormalized = isNormalized
    self.input = input
  }

  /// Returns a box in shares of the input.
  func box(_ values: UnsafeBufferPointer<Float>, at first: Int) -> Box {
    let four = (0..<4).map { Double(values[first + $0]) }
    let box =
      switch order {
      case .cornersXFirst: Box(xMin: four[0], yMin: four[1], xMax: four[2], yMax: four[3])
      case .cornersYFirst: Box(xMin: four[1], yMin: four[0], xMax: four[3], yMax: four[2])
      case .center:
        Box(CenterBox(cx: four[0], cy: four[1], width: four[2], height: four[3]))
      }
    if isNormalized { return box }
    return PixelBox(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax)
      .normalized(width: input.width, height: input.height)
  }
}
