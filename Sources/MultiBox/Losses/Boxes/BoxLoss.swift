/// How the localization loss compares a predicted box with its target.
///
/// The first three look at the residuals of the four offsets, l − ĝ, one by one and add them up.
/// The others look at the decoded box and the ground-truth box as a whole.
public enum BoxLoss: String, Hashable, Sendable, Codable, CaseIterable {
  case smoothL1 = "smooth-l1"
  case l1
  case l2
  case iou
  case giou
  case diou
  case ciou
  case eiou

  /// Whether it is the sum over the four offset residuals.
  public var comparesOffsets: Bool {
    switch self {
    case .smoothL1, .l1, .l2: true
    case .iou, .giou, .diou, .ciou, .eiou: false
    }
  }

  /// Returns the loss of one residual.
  ///
  /// - Parameter beta: of smooth L1.
  /// - Precondition: ``comparesOffsets``.
  @inlinable
  public func value<Scalar: RealScalar>(ofResidual residual: Scalar, beta: Scalar) -> Scalar {
    switch self {
    case .smoothL1: SmoothL1(beta: beta).value(residual)
    case .l1: L1.value(residual)
    case .l2: L2.value(residual)
    case .iou, .giou, .diou, .ciou, .eiou: preconditionFailure("\(self) compares decoded boxes")
    }
  }

  /// Returns the derivative of one residual.
  ///
  /// - Parameter beta: of smooth L1.
  /// - Precondition: ``comparesOffsets``.
  @inlinable
  public func derivative<Scalar: RealScalar>(ofResidual residual: Scalar, beta: Scalar) -> Scalar {
    switch self {
    case .smoothL1: SmoothL1(beta: beta).derivative(residual)
    case .l1: L1.derivative(residual)
    case .l2: L2.derivative(residual)
    case .iou, .giou, .diou, .ciou, .eiou: preconditionFailure("\(self) compares decoded boxes")
    }
  }

  /// Returns the loss of a decoded box.
  ///
  /// - Precondition: not ``comparesOffsets``.
  public func value(predicted: Box, target: Box) -> Double {
    switch self {
    case .iou: IoULoss.value(predicted: predicted, target: target)
    case .giou: GIoULoss.value(predicted: predicted, target: target)
    case .diou: DIoULoss.value(predicted: predicted, target: target)
    case .ciou: CIoULoss.value(predicted: predicted, target: target)
    case .eiou: EIoULoss.value(predicted: predicted, target: target)
    case .smoothL1, .l1, .l2: preconditionFailure("\(self) compares offsets")
    }
  }

  /// Returns the derivatives by the corners of a decoded box.
  ///
  /// - Precondition: not ``comparesOffsets``.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    switch self {
    case .iou: IoULoss.gradient(predicted: predicted, target: target)
    case .giou: GIoULoss.gradient(predicted: predicted, target: target)
    case .diou: DIoULoss.gradient(predicted: predicted, target: target)
    case .ciou: CIoULoss.gradient(predicted: predicted, target: target)
    case .eiou: EIoULoss.gradient(predicted: predicted, target: target)
    case .smoothL1, .l1, .l2: preconditionFailure("\(self) compares offsets")
    }
  }
}
