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

/// A trained detector as one ONNX file, run by OpenVINO: images in, detections out. No LibTorch.
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
  private let defaultBoxes: DefaultBoxes
  private let decoder: DetectionDecoder
  private let assembler: BatchAssembler
  private let lock = NSLock()
  private var idle: [InferenceRequest] = []

  /// Reads and compiles a model that `multibox export` or a training wrote.
  ///
  /// - Parameters:
  ///   - path: an ONNX file with a description in its metadata.
  ///   - threadCount: nil takes all cores.
  ///   - isForThroughput: whether several requests are in flight, which gives more images a second
  ///     and each of them later.
  /// - Throws: `FileError` or ``RuntimeError`` naming the file.
  public init(
    model path: String, precision: DetectorPrecision = .float32, threadCount: Int? = nil,
    isForThroughput: Bool = false
  ) throws {
    description = try DetectorDescription(model: path)
    engine = try InferenceEngine(
      path: path, precision: precision,
      threadCount: threadCount ?? ProcessInfo.processInfo.activeProcessorCount,
      mode: isForThroughput ? .throughput : .latency)
    let (width, height) = (description.input.width, description.input.height)
    guard engine.inputShape == [1, 3, height, width] else {
      throw FileError(
        path: path,
        reason: "input: expected shape [1, 3, \(height), \(width)], found \(engine.inputShape)")
    }
    defaultBoxes = DefaultBoxes(description.defaultBoxes)
    decoder = DetectionDecoder(
      DetectionDecoder.Configuration(
        boxCoder: description.boxCoder, confidenceLoss: description.confidence))
    assembler = BatchAssembler(
      resampler: ImageResampler(width: width, height: height),
      normalization: description.input.normalization)
  }

  /// Requests that keep all threads busy; more than one with `isForThroughput`.
  public var requestCount: Int { engine.requestCount }

  /// Finds objects in a picture.
  ///
  /// - Returns: in pixels of the picture, best first; scores from .01.
  public func detections(in image: RGBImage) throws -> [Detection] {
    let request = try takeRequest()
    defer { lock.withLock { idle.append(request) } }
    try request.withInput { write(image, to: $0) }
    try request.run()
    return try request.withOutput("logits") { logits, _ in
      try request.withOutput("offsets") { offsets, _ in
        try decoder.decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
          .detections.map {
            Detection(
              box: $0.box.scaled(x: Double(image.width), y: Double(image.height)),
              classIndex: $0.classIndex, score: $0.score)
          }
      }
    }
  }

  private func takeRequest() throws -> InferenceRequest {
    if let request = lock.withLock({ idle.popLast() }) { return request }
    return try InferenceRequest(engine)
  }

  /// Resizes and normalizes into `3 × H × W`.
  private func write(_ image: RGBImage, to input: UnsafeMutableBufferPointer<Float>) {
    let plane = assembler.resampler.width * assembler.resampler.height
    withUnsafeTemporaryAllocation(of: Float.self, capacity: plane * 3) { pixels in
      assembler.write(
        image, draw: .unchanged(width: image.width, height: image.height), to: pixels)
      for index in 0..<plane {
        input[index] = pixels[index * 3]
        input[plane + index] = pixels[index * 3 + 1]
        input[plane * 2 + index] = pixels[index * 3 + 2]
      }
    }
  }
}

extension DetectorDescription {
  /// Reads the description that an ONNX file carries.
  ///
  /// - Throws: `FileError` that names file and key.
  public init(model path: String) throws {
    let metadata = try ONNXModel.metadata(of: path)
    guard let text = metadata[Self.metadataKey] else {
      throw FileError(
        path: path, reason: "no \(Self.metadataKey) in its metadata; multibox export writes it")
    }
    struct Header: Decodable { let version: Int }
    do {
      let data = Data(text.utf8)
      let version = try JSONDecoder().decode(Header.self, from: data).version
      guard version == 1 else {
        throw FileError(path: path, reason: "version: expected 1, found \(version)")
      }
      self = try JSONDecoder().decode(Self.self, from: data)
      try defaultBoxes.validate()
      // Other values are other pictures: better no detection than wrong ones.
      for (key, found, known) in [
        ("channelOrder", input.channelOrder, "rgb"), ("resize", input.resize, "stretch"),
        ("filter", input.filter, "antialiased-bilinear"),
      ] where found != known {
        throw FileError(
          path: path, reason: "metadata: input.\(key): expected \(known), found \(found)")
      }
    } catch let error as DecodingError {
      throw FileError(path: path, reason: "metadata: \(error.explanation)")
    } catch let error as InputError {
      throw FileError(path: path, reason: "metadata: \(error)")
    }
  }
}
