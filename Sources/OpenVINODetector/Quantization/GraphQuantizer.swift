import Files
import Foundation
import ImageFiles
import NetworkGraphs
import NetworkInput

/// Makes a detector's graph compute with bytes, by what it computes of images in float32.
///
/// Channels of a value are brought to one range (`NetworkGraph.stretchingChannels`); values that
/// become bytes are measured over all images (`ValueStatistics`); the graph is made
/// (`NetworkGraph.quantized`); and where its outputs are too far from those of float32, the
/// convolutions whose own error is largest stay float (`SensitivitySearch`).
public struct GraphQuantizer {
  /// A graph that computes with bytes, and what that costs.
  public struct Result: Sendable {
    /// The graph.
    public let graph: NetworkGraph
    /// The number of convolutions that compute with bytes.
    public let byteCount: Int
    /// Weights of the convolutions that stay float for their sensitivity, the worst first.
    public let floatConvolutions: [String]
    /// The largest error of an output over the images it was measured on, as a share of what the
    /// output varies by.
    public let error: Double
  }

  /// The error from which convolutions stay float, where nothing else is said.
  ///
  /// Of detectors of blood cells, in 72 images, an error of .0044 cost nothing of AP, .631, and one
  /// of .0053 .003 of .454, with three convolutions in float or none. In a prototype of these steps
  /// one of .018 cost .012, and one of .0037 .005.
  public static let usualErrorLimit = 0.008
  /// Images that channels are stretched by and errors are measured on, each time again.
  static let sampleCount = 12

  private let input: InputSpecification
  private let rule: RangeRule
  private let errorLimit: Double
  private let threadCount: Int

  /// Creates a quantizer.
  ///
  /// - Parameters:
  ///   - input: how an image becomes the graph's input.
  ///   - rule: chooses the ranges of values.
  ///   - errorLimit: the error from which convolutions stay float, from 0.
  ///   - threadCount: threads to compute with.
  public init(
    _ input: InputSpecification, rule: RangeRule = .leastSquares,
    errorLimit: Double = Self.usualErrorLimit, threadCount: Int
  ) {
    self.input = input
    self.rule = rule
    self.errorLimit = errorLimit
    self.threadCount = threadCount
  }

  /// Returns a graph that computes with bytes.
  ///
  /// - Parameters:
  ///   - graph: takes the images of the input as its only input.
  ///   - imageCount: images to measure on, from 1.
  ///   - load: gives an image of `0..<imageCount`; some, spread evenly, are asked for twice.
  ///   - observe: called with the number of images done and of all, the repeated ones among them.
  /// - Throws: `NetworkGraphError` for a graph with a fault, or with values that are not finite;
  ///   `FileError` or ``RuntimeError`` where OpenVINO fails; what `load` and `observe` throw.
  public func quantized(
    _ graph: NetworkGraph, imageCount: Int, load: (Int) throws -> RGBImage,
    observe: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Result {
    precondition(imageCount > 0, "no image to measure on")
    let transform = InputTransform(input)
    func numbers(of index: Int) throws -> [Float] {
      var values = [Float](repeating: 0, count: transform.valueCount)
      let image = try load(index)
      values.withUnsafeMutableBufferPointer { transform.write(image, .planar, to: $0) }
      return values
    }
    let sampleCount = min(Self.sampleCount, imageCount)
    let all = sampleCount + imageCount
    var samples: [Sample] = []
    let channels = try statistics(
      graph.stretchableValues(), of: graph, imageCount: sampleCount,
      // Spread, too: data often stand in the order of their classes.
      input: { try numbers(of: $0 * imageCount / sampleCount) },
      observe: { sample in
        samples.append(sample)
        try observe(samples.count, all)
      })
    let stretched = try graph.stretchingChannels(by: channels)
    var done = sampleCount
    let ranges = try statistics(
      stretched.quantizedValues(), of: stretched, imageCount: imageCount, input: numbers,
      observe: { _ in
        done += 1
        try observe(done, all)
      })
    let convolutions = try ranked(
      stretched, stretched.quantized(by: ranges, rule: rule), on: samples)
    let found = try SensitivitySearch(limit: errorLimit).floatConvolutions(of: convolutions) {
      try error(
        of: stretched.quantized(by: ranges, rule: rule, floatConvolutions: $0), on: samples)
    }
    let weights = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.output, $0.inputs) })
      .compactMapValues { $0.count > 1 ? $0[1] : nil }
    return Result(
      graph: try stretched.quantized(
        by: ranges, rule: rule, floatConvolutions: Set(found.names)),
      byteCount: convolutions.count - found.names.count,
      floatConvolutions: found.names.map { weights[$0] ?? $0 },
      error: found.error)
  }

  /// Measures values over the first images.
  private func statistics(
    _ values: [(name: String, channelCount: Int)], of graph: NetworkGraph, imageCount: Int,
    input: (Int) throws -> [Float], observe: (Sample) throws -> Void
  ) throws -> [String: ValueStatistics] {
    var statistics = Dictionary(
      uniqueKeysWithValues: values.map {
        ($0.name, ValueStatistics(channelCount: $0.channelCount))
      })
    let inputName = graph.inputs[0].name
    // A head may be measured too, but is given once.
    let between = values.map(\.name).filter { $0 != inputName && !graph.outputs.contains($0) }
    let network = try ValueNetwork(graph.giving(graph.outputs + between), threadCount: threadCount)
    for index in 0..<imageCount {
      var sample = Sample(input: try input(index))
      sample.input.withUnsafeBufferPointer { statistics[inputName]?.add($0) }
      try network.compute(sample.input)
      for name in network.outputs {
        try network.withOutput(name) { numbers in
          statistics[name]?.add(numbers)
          if graph.outputs.contains(name) { sample.outputs[name] = Array(numbers) }
        }
      }
      try observe(sample)
    }
    return statistics
  }

  /// An image, and what the graph in float32 gives for it.
  private struct Sample {
    var input: [Float]
    var outputs: [String: [Float]] = [:]
  }

  /// The convolutions that may compute with bytes, that of the largest error of its own first.
  private func ranked(
    _ graph: NetworkGraph, _ quantized: NetworkGraph, on samples: [Sample]
  ) throws -> [String] {
    let (compared, pairs) = graph.comparingConvolutions(of: quantized)
    let shapes = try compared.shapes()
    let network = try ValueNetwork(compared, threadCount: threadCount)
    var errors = pairs.map { OutputError(channelCount: shapes[$0.own]?.first ?? 1) }
    for sample in samples {
      try network.compute(sample.input)
      for (index, pair) in pairs.enumerated() {
        try network.withOutput(pair.own) { own in
          try network.withOutput(pair.bytes) { errors[index].add($0, expected: own) }
        }
      }
    }
    // Sorted by position too, so that equal ones have an order.
    return pairs.indices.sorted { (-errors[$0].share, $0) < (-errors[$1].share, $1) }
      .map { pairs[$0].own }
  }

  /// The largest error of an output.
  private func error(of graph: NetworkGraph, on samples: [Sample]) throws -> Double {
    let network = try ValueNetwork(graph, threadCount: threadCount)
    var errors: [String: OutputError] = [:]
    for sample in samples {
      try network.compute(sample.input)
      for (name, expected) in sample.outputs {
        try network.withOutput(name) { numbers in
          expected.withUnsafeBufferPointer {
            errors[name, default: OutputError()].add(numbers, expected: $0)
          }
        }
      }
    }
    return errors.values.map(\.share).max() ?? 0
  }
}
