/// Bad input from outside, with its place and the expected and found values.
///
/// `image` and `index` count from 0 in the order of the arguments.
public enum InputError: Error, Hashable, Sendable {
  /// A default box without area or with a value that is not finite.
  case invalidDefaultBox(index: Int, box: CenterBox)
  /// A ground-truth box whose width or height is not above 0.
  case boxWithoutArea(image: Int, index: Int, box: Box)
  /// A ground-truth box with a coordinate that is NaN or infinite.
  case boxNotFinite(image: Int, index: Int, box: Box)
  /// A normalized ground-truth box outside 0…1 by more than a rounding.
  case boxOutsideImage(image: Int, index: Int, box: Box)
  /// A class outside 1…`classCount`; 0 is the background.
  case classOutOfRange(image: Int, index: Int, classIndex: Int, classCount: Int)
  /// A default-box specification that no boxes can be generated from; `key` says where.
  case invalidSpecification(key: String, expected: String, found: String)
  /// An argument whose number of elements does not fit the others.
  case countMismatch(argument: String, expected: String, found: Int)
  /// A rule of assignment that looks at predictions, where there are none.
  case predictionsNeeded(by: String)
}

extension InputError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidDefaultBox(let index, let box):
      "default box \(index): [\(box.cx), \(box.cy), \(box.width), \(box.height)] "
        + "(cx, cy, w, h) has no area or a value that is not finite"
    case .boxWithoutArea(let image, let index, let box):
      "image \(image), box \(index): \(box) (xMin, yMin, xMax, yMax) has no area"
    case .boxNotFinite(let image, let index, let box):
      "image \(image), box \(index): \(box) (xMin, yMin, xMax, yMax) has a value that is not finite"
    case .boxOutsideImage(let image, let index, let box):
      "image \(image), box \(index): \(box) (xMin, yMin, xMax, yMax) leaves the image, 0…1"
    case .classOutOfRange(let image, let index, let classIndex, let classCount):
      "image \(image), box \(index): class \(classIndex) is outside 1…\(classCount)"
    case .invalidSpecification(let key, let expected, let found):
      "\(key): expected \(expected), found \(found)"
    case .countMismatch(let argument, let expected, let found):
      "\(argument): expected \(expected) elements, found \(found)"
    case .predictionsNeeded(let rule):
      "\(rule) looks at predictions, and there are none: give logits and offsets"
    }
  }
}
