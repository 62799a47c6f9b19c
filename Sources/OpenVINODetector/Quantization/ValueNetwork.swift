import Files
import Foundation
import NetworkGraphs

/// A graph that OpenVINO computes in float32, whose outputs are looked at as they are.
final class ValueNetwork {
  private let request: InferenceRequest
  private let graph: NetworkGraph

  /// - Throws: `NetworkGraphError` for a graph with a fault; `FileError` or ``RuntimeError``.
  init(_ graph: NetworkGraph, threadCount: Int) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString).onnx").path
    // A signal takes it along.
    let place = UnfinishedFiles.begin(path)
    defer {
      unlink(path)
      UnfinishedFiles.end(place)
    }
    try graph.onnxModel(batch: 1).write(to: path)
    let engine = try InferenceEngine(
      path: path, precision: .float32, threadCount: threadCount, mode: .latency)
    self.graph = graph
    request = try InferenceRequest(engine)
  }

  /// Names of what it gives.
  var outputs: [String] { graph.outputs }

  /// Computes the graph for the elements of its only input.
  func compute(_ input: [Float]) throws {
    try request.withInput { elements in
      guard let floats = elements.floatsInPlace, floats.count == input.count else {
        throw RuntimeError(
          path: graph.name,
          reason: "input: expected \(input.count) float32, found \(elements.count)"
            + " \(elements.element.rawValue)")
      }
      _ = floats.update(fromContentsOf: input)
    }
    try request.run()
  }

  /// Hands an output to `body`. Only to be read, until the next computation.
  func withOutput(_ name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
    try request.withOutput(name) { elements, _ in
      guard let floats = elements.floatsInPlace else {
        throw RuntimeError(
          path: graph.name,
          reason: "\(name): expected float32, found \(elements.element.rawValue)")
      }
      try body(UnsafeBufferPointer(floats))
    }
  }
}
