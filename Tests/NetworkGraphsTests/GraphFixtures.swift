import ModelFiles
import MultiBox
import NetworkGraphs

extension NetworkGraph {
  /// A graph `test` of one node, `output`: input `images`, weights `w0`, `w1`, … of zeros.
  static func single(
    _ operation: Operation, input: [Int], weights shapes: [[Int]] = []
  ) -> NetworkGraph {
    let names = shapes.indices.map { "w\($0)" }
    return NetworkGraph(
      name: "test", inputs: [Value("images", shape: input)],
      nodes: [Node(operation, ["images"] + names, output: "output")], outputs: ["output"],
      weights: Dictionary(
        uniqueKeysWithValues: zip(names, shapes.map { NamedArray(zeros: .float32, shape: $0) })))
  }

  /// The shape of the only output.
  func outputShape() throws -> [Int]? { try shapes()[outputs[0]] }
}

extension NetworkGraph.Operation {
  static func convolution(
    stride: Int = 1, padding: Int = 0, groups: Int = 1
  ) -> NetworkGraph.Operation {
    .convolution(stride: stride, padding: padding, dilation: 1, groups: groups)
  }
}

/// Two default boxes.
func twoDefaultBoxes() throws -> DefaultBoxes {
  try DefaultBoxes([
    CenterBox(cx: 0.25, cy: 0.5, width: 0.5, height: 0.25),
    CenterBox(cx: 0.75, cy: 0.5, width: 0.125, height: 1),
  ])
}
