import Detectors
import Foundation
import ImageFiles
import MultiBox
import NetworkInput

extension Precision {
  /// Elsewhere than on processors that multiply bfloat16, OpenVINO computes in float32.
  var engineName: String { self == .float32 ? "f32" : "bf16" }
}

/// A trained detector as one file, run by OpenVINO: images in, detections out. No LibTorch.
///
/// ```swift
/// let detector = try ModelDetector("detector.onnx")
/// for detection in try detector.detections(in: ImageFile.read("photo.jpg")) {
///   print(detector.classNames[detection.classIndex], detection.score, detection.box)
/// }
/// ```
///
/// A detector may be used from several threads: each call takes a request of its own.
public final class ModelDetector: ObjectDetector, @unchecked Sendable {
  // Unchecked: what changes, the idle requests, is behind a lock.

  /// The description of its classes, input, outputs and thresholds.
  public let description: DetectorDescription
  public var classNames: ClassNames { description.classNames }
  public let scoreThreshold: Double
  private let engine: InferenceEngine
  private let transform: InputTransform
  private let layout: InputTransform.Layout
  private let outputDecoder: OutputDecoder
  private let lock = NSLock()
  private var idle: [InferenceRequest] = []

  /// Reads and compiles a model.
  ///
  /// - Parameters:
  ///   - path: an ONNX file, or another that OpenVINO reads (TFLite, OpenVINO's own).
  ///   - source: a known model's name (`KnownDescription`) or a JSON file; nil takes the metadata
  ///     that `multibox export` and a training write into an ONNX file.
  ///   - precision: bfloat16 is faster on processors that multiply it; elsewhere OpenVINO computes
  ///     in float32.
  ///   - threadCount: nil takes all cores.
  ///   - isForThroughput: keeps several requests in flight, which gives more images a second and
  ///     each of them later.
  ///   - scoreThreshold: the lowest score that is kept; nil takes the description's.
  /// - Throws: `FileError` or ``RuntimeError`` naming the file.
  public init(
    _ path: String, description source: String? = nil,
    precision: Precision = .float32, threadCount: Int? = nil,
    isForThroughput: Bool = false, scoreThreshold: Double? = nil
  ) throws {
    let (description, folder) = try DetectorDescription.read(source, model: path)
    self.description = description
    engine = try InferenceEngine(
      path: path, precision: precision,
      threadCount: threadCount ?? ProcessInfo.processInfo.activeProcessorCount,
      mode: isForThroughput ? .throughput : .latency)
    let (width, height) = (description.input.width, description.input.height)
    let shape = engine.inputs.first?.shape ?? []
    guard engine.inputs.count == 1,
      shape == [1, 3, height, width] || shape == [1, height, width, 3]
    else {
      let found = engine.inputs.map(\.description).joined(separator: "; ")
      throw RuntimeError(
        path: path,
        reason: "input: expected [1, 3, \(height), \(width)] or [1, \(height), \(width), 3],"
          + " found \(found)")
    }
    self.scoreThreshold = scoreThreshold ?? description.thresholds.score
    layout = shape == [1, 3, height, width] ? .planar : .interleaved
    transform = InputTransform(description.input)
    outputDecoder = try OutputDecoder(
      description, folder: folder, engine: engine, scoreThreshold: scoreThreshold)
  }

  /// Requests that keep all threads busy; more than one with `isForThroughput`.
  public var concurrency: Int { engine.requestCount }

  public func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    try images.map { image in
      try computed(image) { request in
        transform.placed(
          try outputDecoder.detections(of: request), width: image.width, height: image.height)
      }
    }
  }

  /// Computes the network for an image and hands the request with its outputs to `body`.
  func computed<Result>(
    _ image: RGBImage, _ body: (InferenceRequest) throws -> Result
  ) throws -> Result {
    let request = try takeRequest()
    defer { lock.withLock { idle.append(request) } }
    try request.withInput { input in
      switch input {
      case .float32(let values): transform.write(image, layout, to: values)
      case .uint8(let bytes): transform.write(image, layout, to: bytes)
      }
    }
    try request.run()
    return try body(request)
  }

  private func takeRequest() throws -> InferenceRequest {
    if let request = lock.withLock({ idle.popLast() }) { return request }
    return try InferenceRequest(engine)
  }
}

extension ModelDetector: PredictingDetector {
  public func predictions(for image: RGBImage) throws -> Predictions {
    try computed(image) { try outputDecoder.predictions(of: $0) }
  }
}
