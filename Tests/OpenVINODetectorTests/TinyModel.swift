import Detectors
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import NetworkInput

/// ONNX files whose outputs are constants, to see how outputs are read.
enum TinyModel {
  static let side = 10

  /// Writes a model with these outputs, of shape `[1, …]`, and perhaps a description.
  static func write(
    _ outputs: [(name: String, shape: [Int], values: [Float])], description: String? = nil,
    to path: String
  ) throws {
    var model = ONNXModel(name: "tiny")
    model.inputs = [
      ONNXModel.Value(
        "images", .float32, [.any("N"), .fixed(3), .fixed(side), .fixed(side)])
    ]
    model.nodes = [
      ONNXModel.Node(
        "ReduceMean", inputs: ["images"], outputs: ["mean"],
        attributes: ["axes": .integers([1, 2, 3]), "keepdims": .integer(0)]),
      ONNXModel.Node("Mul", inputs: ["mean", "nothing"], outputs: ["zero"]),
    ]
    model.initializers = [("nothing", NamedArray(shape: [], floats: [0]))]
    for output in outputs {
      model.initializers.append(
        ("\(output.name)_values", NamedArray(shape: output.shape, floats: output.values)))
      model.nodes.append(
        ONNXModel.Node(
          "Add", inputs: ["\(output.name)_values", "zero"], outputs: [output.name]))
      model.outputs.append(
        ONNXModel.Value(output.name, .float32, output.shape.map { .fixed($0) }))
    }
    if let description { model.metadata = [DetectorDescription.metadataKey: description] }
    try model.write(to: path)
  }

  /// A description of two classes and the input of these models.
  static func description(
    _ outputs: DetectorDescription.Outputs, resize: InputSpecification.Resize = .stretch
  ) -> DetectorDescription {
    var input = InputSpecification(
      width: side, height: side,
      normalization: ImageNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1]))
    input.resize = resize
    return DetectorDescription(
      name: "tiny", classNames: ["one", "two"], input: input, outputs: outputs,
      thresholds: DetectorDescription.Thresholds(score: 0.1))
  }

  static func image(width: Int, height: Int) -> RGBImage {
    RGBImage(
      width: width, height: height, pixels: [UInt8](repeating: 100, count: width * height * 3))
  }
}
