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
      // Weights that are NaN are refused, so what is to be NaN is 0 / 0.
      let values = output.values.map { $0.isNaN ? 0 : $0 }
      let divisors = output.values.map { $0.isNaN ? Float(0) : 1 }
      let name = output.name
      model.initializers += [
        ("\(name)_values", NamedArray(shape: output.shape, floats: values)),
        ("\(name)_divisors", NamedArray(shape: output.shape, floats: divisors)),
      ]
      model.nodes += [
        ONNXModel.Node("Add", inputs: ["\(name)_values", "zero"], outputs: ["\(name)_sums"]),
        ONNXModel.Node("Div", inputs: ["\(name)_sums", "\(name)_divisors"], outputs: [name]),
      ]
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
