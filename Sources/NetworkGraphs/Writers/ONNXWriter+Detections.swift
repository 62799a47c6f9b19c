import ModelFiles
import MultiBox

// The operation `detections`, which is no operator of ONNX but two dozen.
extension ONNXWriter {
  /// Adds what ``DetectionDecoder`` does: scores, the best of each class, boxes clipped to the
  /// image, suppression within the class.
  ///
  /// - Parameters:
  ///   - logits: name of `[N, D, K]`.
  ///   - offsets: name of `[N, D, 4]`.
  /// - Returns: the name of `[M, 7]`.
  mutating func detections(
    logits: String, offsets: String, _ defaultBoxes: DefaultBoxes,
    _ configuration: DetectionDecoder.Configuration, as output: String?
  ) -> String {
    let scores = scores(logits, boxCount: defaultBoxes.count, configuration)
    let boxes = boxes(offsets, defaultBoxes, configuration.boxCoder)
    // The operator wants a score above the threshold, ours one that reaches it: above the number
    // before it. Not below 0, the score of what is not among the best.
    let threshold = max(Float(configuration.scoreThreshold).nextDown, 0)
    // [M, 3]: image, class from 0, default box.
    let kept = emit(
      "NonMaxSuppression",
      [
        boxes, scores, integers([configuration.maximumDetections]),
        constant([Float(configuration.suppression.iouThreshold)], [1]),
        constant([threshold], [1]),
      ])
    let image = column(0, of: kept)
    let classIndex = column(1, of: kept)
    let box = emit("Concat", [image, column(2, of: kept)], ["axis": .integer(1)])
    let score = emit(
      "Unsqueeze", [emit("GatherND", [scores, kept]), integers([1])])
    let label = emit("Add", [emit("Cast", [classIndex], ["to": .integer(1)]), constant([1], [])])
    return emit(
      "Concat",
      [emit("Cast", [image], ["to": .integer(1)]), label, score, emit("GatherND", [boxes, box])],
      ["axis": .integer(1)], as: output)
  }

  /// Returns `[N, C, D]`: scores, 0 below the best `candidatesPerClass` of each class.
  private mutating func scores(
    _ logits: String, boxCount: Int, _ configuration: DetectionDecoder.Configuration
  ) -> String {
    let all =
      switch configuration.scoreFunction {
      case .softmax: emit("Softmax", [logits], ["axis": .integer(2)])
      case .sigmoid: emit("Sigmoid", [logits])
      case .identity: logits
      }
    let ofClasses = slice(all, from: 1, to: Int(Int32.max))
    let scores = emit("Transpose", [ofClasses], ["perm": .integers([0, 2, 1])])
    guard configuration.candidatesPerClass < boxCount else { return scores }
    let best = newName("best")
    model.nodes.append(
      ONNXModel.Node(
        "TopK", inputs: [scores, integers([configuration.candidatesPerClass])],
        outputs: [best, newName("indices")], attributes: ["axis": .integer(2)]))
    let last = emit(
      "ReduceMin", [best], ["axes": .integers([2]), "keepdims": .integer(1)])
    return emit(
      "Where", [emit("GreaterOrEqual", [scores, last]), scores, constant([0], [])])
  }

  /// Returns `[N, D, 4]`: normalized corners inside the image.
  private mutating func boxes(
    _ offsets: String, _ defaultBoxes: DefaultBoxes, _ coder: BoxCoder
  ) -> String {
    let shape = [1, defaultBoxes.count, 2]
    let sizes = defaultBoxes.centers.flatMap { [Float($0.width), Float($0.height)] }
    let variance = Float(coder.centerVariance)
    let moved = emit(
      "Mul", [slice(offsets, from: 0, to: 2), constant(sizes.map { $0 * variance }, shape)])
    let center = emit(
      "Add",
      [moved, constant(defaultBoxes.centers.flatMap { [Float($0.cx), Float($0.cy)] }, shape)])
    var logarithm = emit(
      "Mul", [slice(offsets, from: 2, to: 4), constant([Float(coder.sizeVariance)], [])])
    if let maximum = coder.maximumSizeOffset {
      logarithm = emit("Min", [logarithm, constant([Float(maximum)], [])])
    }
    let half = emit(
      "Mul", [emit("Exp", [logarithm]), constant(sizes.map { $0 / 2 }, shape)])
    let corners = emit(
      "Concat", [emit("Sub", [center, half]), emit("Add", [center, half])],
      ["axis": .integer(2)])
    return emit("Clip", [corners, constant([0], []), constant([1], [])])
  }

  /// Cuts the last of three dimensions.
  private mutating func slice(_ value: String, from start: Int, to end: Int) -> String {
    emit("Slice", [value, integers([start]), integers([end]), integers([2])])
  }

  /// Returns `[M, 1]` of `[M, 3]`.
  private mutating func column(_ index: Int, of value: String) -> String {
    emit("Slice", [value, integers([index]), integers([index + 1]), integers([1])])
  }
}
