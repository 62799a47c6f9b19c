/// A rule that says which default boxes learn which objects.
///
/// The loss asks it once for each image; ``BoxAssignment`` is the answer. A program can bring its
/// own: a type with ``assignment(of:to:predictions:)``, given to ``MultiBoxLoss``.
/// <doc:YourOwnMatcher> shows one.
///
/// - SeeAlso: ``BipartiteAssigner`` (SSD's own), ``ForcedAssigner``, ``ThresholdAssigner``,
///   ``ATSSAssigner``, ``TaskAlignedAssigner``.
public protocol BoxAssigner: Hashable, Sendable {
  /// Assigns the objects of one image.
  ///
  /// The same arguments must give the same result, whatever the thread.
  ///
  /// - Parameters:
  ///   - objects: `G` objects, normalized corners with area; crowds and ignored regions are not
  ///     among them. May be empty.
  ///   - defaultBoxes: `D` boxes, normalized. May be empty.
  ///   - predictions: the network's predictions for the image; nil unless
  ///     ``BoxAssigner/usesPredictions``.
  /// - Returns: the assignment of `D` default boxes to `G` objects.
  func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment

  /// True for a rule that looks at predictions; false by default.
  var usesPredictions: Bool { get }

  /// The IoU from which overlap alone matches; nil, the default, for a rule without such a number.
  var iouThreshold: Double? { get }
}

extension BoxAssigner {
  public var usesPredictions: Bool { false }
  public var iouThreshold: Double? { nil }
}
