/// How the four offsets are compared with their targets, one by one: the loss of one residual
/// x = l − ĝ.
///
/// Asked for in `Float`, which trains, and in `Double`, which gradient checks use; a method that is
/// generic over ``RealScalar`` answers both. A program can bring its own, given to ``MultiBoxLoss``
/// as ``LocalizationTerm/offsets(_:)``.
///
/// - SeeAlso: ``SmoothL1`` (SSD's), ``L1``, ``L2``, ``HalfSquare``, ``BalancedL1``; ``BoxLoss``,
///   which compares boxes.
public protocol OffsetLoss: Hashable, Sendable {
  func value(_ residual: Float) -> Float
  func value(_ residual: Double) -> Double
  func derivative(_ residual: Float) -> Float
  func derivative(_ residual: Double) -> Double
}
