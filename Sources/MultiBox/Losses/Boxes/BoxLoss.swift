/// A comparison of a predicted box with an object's box as a whole: the part of L_loc that one
/// positive adds.
///
/// The gradient goes through the decoding to the offsets. A program can bring its own, given to
/// ``MultiBoxLoss`` as ``LocalizationTerm/boxes(_:)``. <doc:YourOwnLoss> shows one.
///
/// - SeeAlso: ``IoULoss``, ``GIoULoss``, ``DIoULoss``, ``CIoULoss``, ``EIoULoss``, ``SIoULoss``,
///   ``LogIoULoss``; ``OffsetLoss``, which compares offsets one by one.
public protocol BoxLoss: Hashable, Sendable {
  /// Returns what one positive adds to L_loc.
  ///
  /// - Parameters:
  ///   - predicted: the decoded box, normalized corners; may lack area or be turned inside out.
  ///   - target: the object's box, with area.
  func value(predicted: Box, target: Box) -> Double

  /// Returns the derivatives by the predicted corners.
  ///
  /// - Parameters:
  ///   - predicted: the decoded box, normalized corners; may lack area or be turned inside out.
  ///   - target: the object's box, with area.
  func gradient(predicted: Box, target: Box) -> CornerGradient
}
