import ImageFiles
import ModelFiles
import NetworkGraphs
import NetworkInput
import OpenVINODetector
import TestSupport
import Testing

/// What OpenVINO computes with bytes, beside what it computes of the same graph in float32.
struct GraphQuantizerTests {
  private static let side = 16
  private let images = (0..<4).map { index in
    var random = SeededNumbers(UInt64(index))
    return RGBImage(
      width: side, height: side,
      pixels: (0..<side * side * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
  }

  /// Inverted residual, neck and head in small; channels of the depthwise convolution, and of the
  /// narrow map, of very different ranges, where `isEven` is false.
  private func graph(isEven: Bool) -> NetworkGraph {
    var random = SeededNumbers(5)
    func weight(
      _ shape: [Int], rows: (Int) -> Float = { _ in 1 }, columns: (Int) -> Float = { _ in 1 }
    ) -> NamedArray {
      let size = shape.dropFirst().reduce(1, *)
      let fanIn = Float(size).squareRoot()
      return NamedArray(
        shape: shape,
        floats: (0..<shape.reduce(1, *)).map {
          Float.random(in: -1...1, using: &random) / fanIn * rows($0 / size) * columns($0 % size)
        })
    }
    func convolution(stride: Int = 1, padding: Int = 0, groups: Int = 1)
      -> NetworkGraph.Operation
    {
      .convolution(stride: stride, padding: padding, dilation: 1, groups: groups)
    }
    func range(_ row: Int) -> Float { isEven || row == 0 ? 1 : 0.004 }
    func narrowRange(_ row: Int) -> Float { isEven || row == 0 ? 1 : 0.02 }
    return NetworkGraph(
      name: "small", inputs: [.init("images", shape: [3, Self.side, Self.side])],
      nodes: [
        .init(convolution(padding: 1), ["images", "w0", "b0"], output: "wide"),
        .init(.relu6, ["wide"], output: "limited"),
        .init(convolution(stride: 2, padding: 1, groups: 8), ["limited", "w1"], output: "depth"),
        .init(.relu6, ["depth"], output: "depth_limited"),
        .init(convolution(), ["depth_limited", "w2"], output: "narrow"),
        .init(convolution(), ["narrow", "w5"], output: "mixed"),
        .init(.upsampleNearest(height: 16, width: 16), ["mixed"], output: "large"),
        .init(convolution(), ["images", "w3"], output: "lateral"),
        .init(.add, ["large", "lateral"], output: "sum"),
        .init(convolution(padding: 1), ["sum", "w4"], output: "head"),
      ], outputs: ["head"],
      weights: [
        "w0": weight([8, 3, 3, 3], rows: range),
        "b0": NamedArray(shape: [8], floats: (0..<8).map { 0.3 * range($0) }),
        "w1": weight([8, 1, 3, 3], rows: { 1 / range($0) }),
        "w2": weight([4, 8, 1, 1], rows: narrowRange),
        "w3": weight([4, 3, 1, 1]), "w4": weight([6, 4, 3, 3]),
        "w5": weight([4, 4, 1, 1], columns: { 1 / narrowRange($0) }),
      ])
  }

  private func result(
    _ graph: NetworkGraph, errorLimit: Double = GraphQuantizer.usualErrorLimit
  ) throws -> (result: GraphQuantizer.Result, observed: [Int]) {
    let input = InputSpecification(
      width: Self.side, height: Self.side,
      normalization: ImageNormalization(
        mean: [127, 127, 127], standardDeviation: [60, 60, 60]))
    var observed: [Int] = []
    let result = try GraphQuantizer(input, errorLimit: errorLimit, threadCount: 1).quantized(
      graph, imageCount: images.count, load: { images[$0] },
      observe: { done, _ in observed.append(done) })
    return (result, observed)
  }

  // 256 steps: the error of one rounding is a share 1 / (12 · 60²) or so of a uniform value. Of all
  // 2e-4, by a simulation in numpy; 8e-4 to 7e-3 where the narrow map's channels keep their ranges.
  @Test(arguments: [true, false])
  func bytesGiveNearlyTheSame(isEven: Bool) throws {
    let (result, observed) = try result(graph(isEven: isEven))
    #expect(result.byteCount == 6 && result.floatConvolutions.isEmpty)
    #expect(result.error > 1e-6, "nothing was rounded")
    #expect(result.error < 5e-4, "\(result.error)")
    #expect(observed == Array(1...8))
    // Each of the eight values that convolutions, the sum and the neighbours take.
    let rounded = result.graph.nodes.filter { $0.operation.name == "quantized" }.map {
      $0.inputs[0]
    }
    #expect(
      Set(rounded)
        == ["images", "limited", "depth_limited", "narrow", "mixed", "large", "lateral", "sum"])
  }

  @Test func withoutAnyErrorAllStaysFloat() throws {
    let own = graph(isEven: true)
    let (result, _) = try result(own, errorLimit: 0)
    #expect(result.byteCount == 0 && result.floatConvolutions.count == 6)
    #expect(!result.graph.nodes.contains { $0.operation.name == "quantized" })
  }
}
