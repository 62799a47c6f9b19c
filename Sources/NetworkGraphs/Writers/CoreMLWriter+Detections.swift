import ModelFiles
import MultiBox

// The operation `detections`: scores and boxes, with Core ML's suppression behind them or without.
extension CoreMLWriter {
  /// Core ML's suppression behind a program fails for numbers of classes that are no multiple of
  /// this.
  ///
  /// Nobody has said why; Ultralytics' exporter fills classes up so from version 8.3.207 on (its
  /// issue 22309, pull request 22310). The other way out, Core ML's older form of networks, would
  /// be a second writer of every operation.
  static let classCountMultiple = 80

  /// Ends the program with scores and boxes.
  ///
  /// - Parameters:
  ///   - logits: `[1, D, K]`.
  ///   - offsets: `[1, D, 4]`.
  mutating func addDetections(
    logits: CoreMLProgram.Value, offsets: CoreMLProgram.Value, _ defaultBoxes: DefaultBoxes,
    _ configuration: DetectionDecoder.Configuration
  ) {
    let edges = edges(offsets, defaultBoxes, configuration.boxCoder)
    switch detections {
    case .raw:
      let scores = scores(logits, configuration.scoreFunction, as: CoreMLNames.scores)
      let boxes = joined(edges.low, edges.high, as: CoreMLNames.boxes)
      program.outputs = [scores.name, boxes.name]
    case .suppressed(let classNames):
      precondition(
        classNames.count == logits.shape[2] - 1,
        "\(classNames.count) names, \(logits.shape[2]) logits")
      let low = clipped(edges.low)
      let high = clipped(edges.high)
      let size = emit("sub", ["x": .value(high.name), "y": .value(low.name)], low.shape)
      let confidences = confidences(
        scores(logits, configuration.scoreFunction), configuration.scoreFunction, size: size)
      let multiple = Self.classCountMultiple
      let count = (multiple - classNames.count % multiple) % multiple
      addSuppression(
        confidences, boxes: centred(low, high, size: size),
        classNames: classNames + (0..<count).map { "(unused \($0 + 1))" }, configuration)
    }
  }

  /// Ends the program with what Core ML's suppression takes: confidences with a column for each
  /// name, and boxes, without N.
  private mutating func addSuppression(
    _ confidences: CoreMLProgram.Value, boxes: CoreMLProgram.Value, classNames: [String],
    _ configuration: DetectionDecoder.Configuration
  ) {
    let (boxCount, classCount) = (confidences.shape[1], confidences.shape[2])
    let unused = classNames.count - classCount
    var rows = reshaped(
      confidences, [boxCount, classCount], as: unused == 0 ? Self.confidencesName : nil)
    if unused > 0 {
      rows = emit(
        "pad",
        [
          "x": .value(rows.name), "pad": .constant(.integers([0, 0, 0, unused])),
          "mode": .constant(.string("constant")), "constant_val": .constant(.float(0)),
        ], [boxCount, classNames.count], as: Self.confidencesName)
    }
    let coordinates = reshaped(boxes, [boxCount, 4], as: Self.coordinatesName)
    program.outputs = [rows.name, coordinates.name]
    suppression = CoreMLPackage.Suppression(
      classNames: classNames, iouThreshold: configuration.suppression.iouThreshold,
      confidenceThreshold: configuration.scoreThreshold)
  }

  static let confidencesName = "raw_confidence"
  static let coordinatesName = "raw_coordinates"

  // MARK: Scores

  private mutating func scores(
    _ logits: CoreMLProgram.Value, _ function: ScoreFunction, as name: String? = nil
  ) -> CoreMLProgram.Value {
    switch function {
    case .softmax:
      emit(
        "softmax", ["x": .value(logits.name), "axis": .constant(.integer(2))], logits.shape,
        as: name)
    case .sigmoid: emit("sigmoid", ["x": .value(logits.name)], logits.shape, as: name)
    case .identity: emit("identity", ["x": .value(logits.name)], logits.shape, as: name)
    }
  }

  /// Returns `[1, D, C]`: rows that sum to 1 at most, 0 where a box has no area.
  private mutating func confidences(
    _ scores: CoreMLProgram.Value, _ function: ScoreFunction, size: CoreMLProgram.Value
  ) -> CoreMLProgram.Value {
    var confidences = slice(scores, from: 1, to: scores.shape[2])
    let shape = confidences.shape
    if function != .softmax {
      let best = reduced("reduce_max", confidences)
      let isBest = emit(
        "equal", ["x": .value(confidences.name), "y": .value(best.name)], shape,
        elementType: .bool)
      let alone = product(confidences, number(isBest))
      let sum = emit(
        "maximum",
        ["x": .value(reduced("reduce_sum", alone).name), "y": .constant(.float(1))], best.shape)
      confidences = emit("real_div", ["x": .value(alone.name), "y": .value(sum.name)], shape)
    }
    let shorter = reduced("reduce_min", size)
    let hasArea = emit(
      "greater", ["x": .value(shorter.name), "y": .constant(.float(0))], shorter.shape,
      elementType: .bool)
    return product(confidences, number(hasArea))
  }

  // MARK: Boxes

  /// Returns left and top, right and bottom, each `[1, D, 2]`, not cut to the image.
  private mutating func edges(
    _ offsets: CoreMLProgram.Value, _ defaultBoxes: DefaultBoxes, _ coder: BoxCoder
  ) -> (low: CoreMLProgram.Value, high: CoreMLProgram.Value) {
    let shape = [1, defaultBoxes.count, 2]
    let sizes = defaultBoxes.centers.flatMap { [Float($0.width), Float($0.height)] }
    let variance = Float(coder.centerVariance)
    func array(_ values: [Float]) -> NamedArray { NamedArray(shape: shape, floats: values) }
    let moved = product(
      slice(offsets, from: 0, to: 2), constant("scales", array(sizes.map { $0 * variance })))
    let centers = constant(
      "centers", array(defaultBoxes.centers.flatMap { [Float($0.cx), Float($0.cy)] }))
    let center = emit("add", ["x": .value(moved.name), "y": .value(centers.name)], shape)
    var logarithm = emit(
      "mul",
      [
        "x": .value(slice(offsets, from: 2, to: 4).name),
        "y": .constant(.float(Float(coder.sizeVariance))),
      ], shape)
    if let maximum = coder.maximumSizeOffset {
      logarithm = emit(
        "minimum", ["x": .value(logarithm.name), "y": .constant(.float(Float(maximum)))], shape)
    }
    let half = product(
      emit("exp", ["x": .value(logarithm.name)], shape),
      constant("half_sizes", array(sizes.map { $0 / 2 })))
    let edge: [String: CoreMLProgram.Argument] = ["x": .value(center.name), "y": .value(half.name)]
    return (emit("sub", edge, shape), emit("add", edge, shape))
  }

  private mutating func clipped(_ edge: CoreMLProgram.Value) -> CoreMLProgram.Value {
    emit(
      "clip",
      [
        "x": .value(edge.name), "alpha": .constant(.float(0)), "beta": .constant(.float(1)),
      ], edge.shape)
  }

  /// Returns `[1, D, 4]`: centre x, centre y, width, height.
  private mutating func centred(
    _ low: CoreMLProgram.Value, _ high: CoreMLProgram.Value, size: CoreMLProgram.Value
  ) -> CoreMLProgram.Value {
    let sum = emit("add", ["x": .value(low.name), "y": .value(high.name)], low.shape)
    let center = emit("mul", ["x": .value(sum.name), "y": .constant(.float(0.5))], low.shape)
    return joined(center, size)
  }

  // MARK: Operations

  private mutating func product(
    _ a: CoreMLProgram.Value, _ b: CoreMLProgram.Value
  ) -> CoreMLProgram.Value {
    emit("mul", ["x": .value(a.name), "y": .value(b.name)], a.shape)
  }

  /// 1 for yes, 0 for no.
  private mutating func number(_ flags: CoreMLProgram.Value) -> CoreMLProgram.Value {
    emit("cast", ["x": .value(flags.name), "dtype": .constant(.string("fp32"))], flags.shape)
  }

  /// Makes one number of the last of three dimensions.
  private mutating func reduced(
    _ kind: String, _ value: CoreMLProgram.Value
  ) -> CoreMLProgram.Value {
    emit(
      kind,
      [
        "x": .value(value.name), "axes": .constant(.integers([2])),
        "keep_dims": .constant(.bool(true)),
      ], value.shape.dropLast() + [1])
  }

  /// Cuts the last of three dimensions.
  private mutating func slice(
    _ value: CoreMLProgram.Value, from start: Int, to end: Int
  ) -> CoreMLProgram.Value {
    let kept = value.shape.dropLast()
    return emit(
      "slice_by_index",
      [
        "x": .value(value.name), "begin": .constant(.integers([0, 0, start])),
        "end": .constant(.integers(kept + [end])),
      ], kept + [end - start])
  }

  /// Joins two values in the last of three dimensions.
  private mutating func joined(
    _ a: CoreMLProgram.Value, _ b: CoreMLProgram.Value, as name: String? = nil
  ) -> CoreMLProgram.Value {
    emit(
      "concat",
      [
        "values": .values([a.name, b.name]), "axis": .constant(.integer(2)),
        "interleave": .constant(.bool(false)),
      ], a.shape.dropLast() + [a.shape[2] + b.shape[2]], as: name)
  }

  private mutating func reshaped(
    _ value: CoreMLProgram.Value, _ shape: [Int], as name: String?
  ) -> CoreMLProgram.Value {
    emit(
      "reshape", ["x": .value(value.name), "shape": .constant(.integers(shape))], shape, as: name)
  }
}
