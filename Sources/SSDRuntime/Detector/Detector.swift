import DetectionData
import Foundation
import ModelFiles
import MultiBox

/// Number formats that a detector computes in.
public enum DetectorPrecision: String, Hashable, Sendable, CaseIterable {
  case float32
  /// Faster on processors that multiply it natively; elsewhere OpenVINO computes in float32.
  case bfloat16

  var engineName: String { self == .float32 ? "f32" : "bf16" }
}

/// A trained detector as one file, run by OpenVINO: images in, detections out. No LibTorch.
///
/// ```swift
/// let detector = try Detector(model: "detector.onnx")
/// for detection in try detector.detections(in: ImageFile.read("photo.jpg")) {
///   print(detector.classNames[detection.classIndex - 1], detection.score, detection.box)
/// }
/// ```
///
/// A detector may be used from several threads: each call takes a request of its own.
public final class Detector: @unchecked Sendable {
  // Unchecked: what changes, the idle requests, is behind a lock.

  public let description: DetectorDescription
  public var classNames: [String] { description.classNames }
  private let engine: InferenceEngine
  private let writer: NetworkInputWriter
  private let isPlanar: Bool
  private let outputDecoder: OutputDecoder
  private let lock = NSLock()
  private var idle: [InferenceRequest] = []

  /// Reads and compiles a model.
  ///
  /// - Parameters:
  ///   - path: an ONNX file, or another that OpenVINO reads (TFLite, OpenVINO's own).
  ///   - description: a known model's name (`KnownDescription`) or a JSON file; nil takes the
  ///     metadata that `multibox export` and a training write into an ONNX file.
  ///   - threadCount: nil takes all cores.
  ///   - isForThroughput: whether several requests are in flight, which gives more images a second
  ///     and each of them later.
  ///   - scoreThreshold: the lowest score that is kept; nil takes the description's.
  /// - Throws: `FileError` or ``RuntimeError`` naming the file.
  public init(
    model path: String, description source: String? = nil,
    precision: DetectorPrecision = .float32, threadCount: Int? = nil,
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
    isPlanar = shape == [1, 3, height, width]
    writer = NetworkInputWriter(description.input)
    outputDecoder = try OutputDecoder(
      description, folder: folder, engine: engine, scoreThreshold: scoreThreshold)
  }

  /// Requests that keep all threads busy; more than one with `isForThroughput`.
  public var requestCount: Int { engine.requestCount }

  /// Finds objects in a picture.
  ///
  /// - Returns: in pixels of the picture, best first; all scores that reach the threshold.
  public func detections(in image: RGBImage) throws -> [Detection] {
    let request = try takeRequest()
    defer { lock.withLock { idle.append(request) } }
    try request.withInput { input in
      switch input {
      case .float32(let values): writer.write(image, isPlanar: isPlanar, to: values)
      case .uint8(let bytes): writer.write(image, isPlanar: isPlanar, to: bytes)
      }
    }
    try request.run()
    return writer.placed(
      try outputDecoder.detections(of: request), width: image.width, height: image.height)
  }

  private func takeRequest() throws -> InferenceRequest {
    if let request = lock.withLock({ idle.popLast() }) { return request }
    return try InferenceRequest(engine)
  }
}
