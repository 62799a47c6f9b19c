import Foundation
import ModelFiles

/// An ONNX file that finds the same objects in every picture.
enum ConstantModel {
  /// An object of a picture: its class from 1, its score and its corners in shares of the sides.
  typealias Object = (classIndex: Int, score: Float, box: [Float])

  /// Writes the file. Its own threshold is .5.
  ///
  /// - Parameter best: JSON of best thresholds by class, with which the own one is .01.
  static func write(
    _ objects: [Object], classNames: [String] = ["cat"], best: String? = nil, to path: String
  ) throws {
    var model = ONNXModel(name: "constant")
    model.inputs = [
      ONNXModel.Value("images", .float32, [.any("N"), .fixed(3), .fixed(10), .fixed(10)])
    ]
    model.nodes = [
      ONNXModel.Node(
        "ReduceMean", inputs: ["images"], outputs: ["mean"],
        attributes: ["axes": .integers([0, 1, 2, 3]), "keepdims": .integer(0)]),
      ONNXModel.Node("Mul", inputs: ["mean", "nothing"], outputs: ["zero"]),
      ONNXModel.Node("Add", inputs: ["objects", "zero"], outputs: ["rows"]),
    ]
    let rows = objects.flatMap { object -> [Float] in
      [0, Float(object.classIndex), object.score] + object.box
    }
    model.initializers = [
      ("nothing", NamedArray(shape: [], floats: [0])),
      ("objects", NamedArray(shape: [1, 1, objects.count, 7], floats: rows)),
    ]
    model.outputs = [
      ONNXModel.Value("rows", .float32, [1, 1, objects.count, 7].map { .fixed($0) })
    ]
    let shown = best.map { ", \"best\": \($0)" } ?? ""
    let names = String(decoding: try JSONEncoder().encode(classNames), as: UTF8.self)
    model.metadata = [
      "multibox": """
      {"version": 2, "name": "constant", "classNames": \(names),
       "input": {"width": 10, "height": 10,
        "normalization": {"mean": [0, 0, 0], "standardDeviation": [1, 1, 1]}},
       "outputs": {"kind": "rows", "output": {"name": "rows"}, "firstClass": 1},
       "thresholds": {"score": \(best == nil ? 0.5 : 0.01), "iou": 0.45,
        "candidatesPerClass": 100, "maximumDetections": 100\(shown)}}
      """
    ]
    try model.write(to: path)
  }
}
