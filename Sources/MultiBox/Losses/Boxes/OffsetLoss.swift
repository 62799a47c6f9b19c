/// A comparison of the four offsets with their targets, one by one: the loss of one residual
/// x = l − ĝ.
///
/// Asked for in `Float`, which trains, and in `Double`, which gradient checks use; a method that is
/// generic over ``RealScalar`` answers both. A program can bring its own, given to ``MultiBoxLoss``
/// as ``LocalizationTerm/offsets(_:)``. <doc:YourOwnLoss> shows one.
///
/// - SeeAlso: ``SmoothL1`` (SSD's), ``L1``, ``L2``, ``HalfSquare``, ``BalancedL1``; ``BoxLoss``,
///   which compares boxes.
public protocol OffsetLoss: Hashable, Sendable {
  /// Returns what `residual` adds to L_loc.
  func value(_ residual: Float) -> Float
  /// Returns what `residual` adds to L_loc; asked for in gradient checks.
  func value(_ residual: Double) -> Double
  /// Returns the derivative by `residual`.
  func derivative(_ residual: Float) -> Float
  /// Returns the derivative by `residual`; asked for in gradient checks.
  func derivative(_ residual: Double) -> Double
}
