import MultiBox

extension NetworkGraph {
  /// Returns the graph with decoding and non-maximum suppression behind its heads, and detections
  /// as its only output; see ``Operation/detections(_:_:)``.
  ///
  /// - Parameters:
  ///   - logits: name of `[N, D, K]`.
  ///   - offsets: name of `[N, D, 4]`.
  ///   - output: what the detections, `[M, 7]`, are called.
  ///   - defaultBoxes: D boxes.
  ///   - configuration: thresholds, score function and variances.
  /// - Precondition: boxes are suppressed within their class, without `classesPerBox`.
  public func endingWithDetections(
    logits: String, offsets: String, output: String, defaultBoxes: DefaultBoxes,
    _ configuration: DetectionDecoder.Configuration
  ) -> NetworkGraph {
    precondition(
      configuration.classesPerBox == nil, "\(configuration.classesPerBox ?? 0) classes a box")
    var result = self
    result.nodes.append(
      Node(.detections(configuration, defaultBoxes), [logits, offsets], output: output))
    result.outputs = [output]
    return result
  }
}
