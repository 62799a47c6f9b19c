import Files
import Foundation

extension TFLiteModel {
  /// The options and inputs of `TFLite_Detection_PostProcess`, the operator that decodes boxes and
  /// suppresses them.
  ///
  /// Facts as TensorFlow Lite's implementation of the operator has them
  /// (`lite/kernels/detection_postprocess.cc`).
  public struct DetectionOperator: Hashable, Sendable {
    /// The operator's name in a file.
    public static let name = "TFLite_Detection_PostProcess"

    /// The offsets, `[1, D, 4 or more]`: cy, cx, h, w come first.
    public let offsets: Tensor
    /// The scores, `[1, D, K]`: K is the number of classes, or one more with the background first.
    public let scores: Tensor
    /// The default boxes, `[D, 4]`: cy, cx, h, w, a constant.
    public let anchors: Tensor
    /// The classes without the background.
    public let classCount: Int
    /// Detections of an image.
    public let maximumDetections: Int
    /// Classes that one box is reported with, where it is not suppressed class by class.
    public let classesPerBox: Int
    /// Detections of one class that are kept, where suppression is class by class.
    public let detectionsPerClass: Int
    /// Suppression is within each class; else a box belongs to its best classes alone.
    public let isSuppressedByClass: Bool
    /// The lowest score.
    public let scoreThreshold: Double
    /// A box is suppressed whose IoU with a better one is above it.
    public let iouThreshold: Double
    /// The divisors of the offsets of cy, cx, h and w.
    public let scales: [Double]

    /// The scores hold the background first.
    public var hasBackground: Bool { scores.shape.last == classCount + 1 }

    /// Returns the default boxes, `D × 4`: cx, cy, w, h, in shares of the image.
    ///
    /// - Throws: `FileError` naming `path` and the tensor, where it is no constant of `[D, 4]`.
    public func defaultBoxes(path: String) throws(FileError) -> [Float] {
      let values = try anchors.floats(path: path)
      guard anchors.shape.count == 2, anchors.shape[1] == 4, !values.isEmpty,
        values.count == anchors.shape[0].multipliedReportingOverflow(by: 4).partialValue
      else {
        throw FileError(
          path: path,
          reason: "TFLite: \(anchors.name): expected constants [D, 4], found \(anchors.shape) with"
            + " \(values.count) values")
      }
      // y and x, h and w change places.
      return values.indices.map { values[$0 ^ 1] }
    }
  }
}

extension TFLiteReader {
  /// Finds the operator, and what cutting the network before it needs.
  func detectionOperator() throws(FlatBuffer.Failure) -> (
    value: TFLiteModel.DetectionOperator, cut: TFLiteModel.Cut
  )? {
    let codes = try model.vector(TFLiteField.Model.operatorCodes, elementSize: 4)
    var number: Int?
    for index in 0..<codes.count where number == nil {
      let code = try FlatBuffer.Table(
        buffer, at: buffer.target(at: codes.start + index * codes.elementSize))
      let name = try code.bytes(TFLiteField.OperatorCode.customCode)
      if name.elementsEqual(TFLiteModel.DetectionOperator.name.utf8) { number = index }
    }
    guard let number else { return nil }
    let operators = try subgraph.vector(TFLiteField.Subgraph.operators, elementSize: 4)
    for index in 0..<operators.count {
      let table = try FlatBuffer.Table(
        buffer, at: buffer.target(at: operators.start + index * operators.elementSize))
      let code = try table.number(TFLiteField.Operator.code, UInt32.self) ?? 0
      guard Int(code) == number else { continue }
      let (value, inputs) = try value(of: table)
      return (value, try cut(operators, at: index, outputs: Array(inputs.prefix(2))))
    }
    return nil
  }

  private func value(
    of table: FlatBuffer.Table
  ) throws(FlatBuffer.Failure) -> (TFLiteModel.DetectionOperator, inputs: [Int]) {
    let inputs = try table.integers(TFLiteField.Operator.inputs)
    guard inputs.count == 3 else {
      throw FlatBuffer.Failure(
        reason: "\(TFLiteModel.DetectionOperator.name): expected 3 inputs, found \(inputs.count)")
    }
    let options = DetectionOptions(
      numbers: try FlexMap(try table.bytes(TFLiteField.Operator.options)).numbers)
    let value = TFLiteModel.DetectionOperator(
      offsets: try tensor(inputs[0]), scores: try tensor(inputs[1]), anchors: try tensor(inputs[2]),
      classCount: try options.integer("num_classes"),
      maximumDetections: try options.integer("max_detections"),
      classesPerBox: try options.integer("max_classes_per_detection"),
      detectionsPerClass: try options.integer("detections_per_class", 100),
      isSuppressedByClass: try options.number("use_regular_nms", 0) != 0,
      scoreThreshold: try options.number("nms_score_threshold"),
      iouThreshold: try options.number("nms_iou_threshold"),
      scales: [
        try options.number("y_scale"), try options.number("x_scale"),
        try options.number("h_scale"), try options.number("w_scale"),
      ])
    let width = value.scores.shape.last ?? 0
    guard width == value.classCount || width - 1 == value.classCount else {
      throw FlatBuffer.Failure(
        reason: "\(value.scores.name): expected \(value.classCount) classes, perhaps with a"
          + " background, found \(width) columns")
    }
    return (value, inputs)
  }
}

/// The options by name, each checked.
private struct DetectionOptions {
  let numbers: [String: Double]

  func number(_ name: String, _ usual: Double? = nil) throws(FlatBuffer.Failure) -> Double {
    guard let number = numbers[name] ?? usual else { throw failure(name, "found none") }
    guard number.isFinite else { throw failure(name, "found \(number)") }
    return number
  }

  func integer(_ name: String, _ usual: Double? = nil) throws(FlatBuffer.Failure) -> Int {
    let number = try number(name, usual)
    guard let integer = Int(exactly: number), (1...1_000_000).contains(integer) else {
      throw failure(name, "found \(number), expected 1…1000000")
    }
    return integer
  }

  private func failure(_ name: String, _ found: String) -> FlatBuffer.Failure {
    FlatBuffer.Failure(
      reason: "\(TFLiteModel.DetectionOperator.name): option \(name): expected a number, \(found)")
  }
}
