import Files
import Foundation
import ModelFiles
import MultiBox
import NetworkInput

extension DetectorDescription {
  /// Describes a TensorFlow Lite model that ends in the operator `TFLite_Detection_PostProcess`:
  /// outputs, default boxes and thresholds by the operator, class names and normalization by the
  /// model's metadata.
  ///
  /// - Parameter model: a model; without the operator nothing can be said.
  /// - Returns: nil without the operator; else the description, and remarks on what the file does
  ///   not tell and was assumed.
  /// - Throws: `FileError` naming the file, where it says what no description can.
  static func ofTFLite(
    _ model: TFLiteModel
  ) throws -> (description: DetectorDescription, remarks: [String])? {
    guard let decoding = model.detectionOperator else { return nil }
    func failure(_ reason: String) -> FileError { FileError(path: model.path, reason: reason) }
    guard model.inputs.count == 1, let input = model.inputs.first, input.shape.count == 4,
      input.shape[0] == 1 || input.shape[0] == -1, input.shape[3] == 3, input.shape[1] > 0,
      input.shape[2] > 0
    else {
      let found = model.inputs.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
      throw failure("input: expected one of [1, height, width, 3], found \(found)")
    }
    let scales = decoding.scales
    guard scales.allSatisfy({ $0 > 0 && (1 / $0).isFinite }), scales[0] == scales[1],
      scales[2] == scales[3]
    else {
      throw failure(
        "\(TFLiteModel.DetectionOperator.name): expected one scale above 0 for y and x, and one for"
          + " h and w, found \(scales)")
    }
    let metadata = try model.metadata()
    var remarks: [String] = []
    let classNames = Self.classNames(metadata.labels, count: decoding.classCount, &remarks)
    var specification = InputSpecification(
      width: input.shape[2], height: input.shape[1],
      normalization: try Self.normalization(metadata, of: input, path: model.path, &remarks))
    specification.isRoundedToBytes = true
    if decoding.isSuppressedByClass, decoding.detectionsPerClass < decoding.maximumDetections {
      remarks.append(
        "detections_per_class \(decoding.detectionsPerClass): not applied, the best"
          + " \(decoding.maximumDetections) of all classes are kept")
    }
    let description = DetectorDescription(
      name: model.path.lastPart.withoutExtension,
      classNames: classNames, input: specification,
      outputs: .heads(
        Heads(
          classes: Classes(
            output(decoding.scores), scoreFunction: .identity,
            hasBackground: decoding.hasBackground),
          offsets: output(decoding.offsets), offsetOrder: .centersYFirst,
          boxCoder: BoxCoder(centerVariance: 1 / scales[0], sizeVariance: 1 / scales[2]),
          defaultBoxes: .detectionOperator)),
      thresholds: Thresholds(
        score: max(decoding.scoreThreshold, 0), iou: decoding.iouThreshold,
        candidatesPerClass: max(1, decoding.anchors.shape.first ?? 1),
        maximumDetections: decoding.maximumDetections,
        classesPerBox: decoding.isSuppressedByClass
          ? nil : min(decoding.classesPerBox, decoding.classCount)))
    do {
      try description.check()
    } catch {
      throw failure("\(TFLiteModel.DetectionOperator.name): \(error.key): \(error.reason)")
    }
    return (description, remarks)
  }

  private static func output(_ tensor: TFLiteModel.Tensor) -> Output {
    let isQuantized = tensor.element == .uint8 || tensor.element == .int8
    return Output(
      tensor.name, scale: isQuantized ? tensor.scale : nil,
      zeroPoint: isQuantized ? tensor.zeroPoint : nil)
  }

  private static func classNames(
    _ labels: [String], count: Int, _ remarks: inout [String]
  ) -> ClassNames {
    let labels = Array(ClassNames(labels).withoutBackground(classCount: count))
    if labels.count > count {
      remarks.append(
        "class names: \(labels.count) labels for \(count) classes; the last are unused")
    } else if labels.count < count {
      let found = labels.isEmpty ? "no labels" : "\(labels.count) labels"
      remarks.append(
        "class names: the file has \(found) for \(count) classes; those without are called by"
          + " number")
    }
    return ClassNames(
      (0..<count).map {
        $0 < labels.count && !labels[$0].isEmpty ? labels[$0] : "class \($0 + 1)"
      })
  }

  /// An 8-bit input takes grey levels as they are; in a description something must stand there.
  private static func normalization(
    _ metadata: TFLiteModel.Metadata, of input: TFLiteModel.Tensor, path: String,
    _ remarks: inout [String]
  ) throws(FileError) -> ImageNormalization {
    func three(_ values: [Float]) -> [Float]? {
      values.count == 1 ? [values[0], values[0], values[0]] : values.count == 3 ? values : nil
    }
    if let mean = three(metadata.mean), let deviation = three(metadata.standardDeviation) {
      guard (mean + deviation).allSatisfy(\.isFinite), deviation.allSatisfy({ $0 > 0 }) else {
        throw FileError(
          path: path,
          reason: "metadata: normalization: expected finite numbers, deviations above 0, found mean"
            + " \(mean), standard deviation \(deviation)")
      }
      return ImageNormalization(mean: mean, standardDeviation: deviation)
    }
    if input.element != .uint8, input.element != .int8 {
      remarks.append(
        "input.normalization: the file does not tell; TensorFlow's usual (value − 127.5) / 127.5"
          + " is taken")
    }
    return ImageNormalization(
      mean: [127.5, 127.5, 127.5], standardDeviation: [127.5, 127.5, 127.5])
  }
}
