import Detectors
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import NetworkInput

extension Precision {
  /// What OpenVINO calls it.
  var engineName: String {
    switch self {
    case .float32: "f32"
    case .bfloat16: "bf16"
    case .float16: "f16"
    }
  }
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
  // Unchecked: what changes, the idle requests and the counts, is behind a lock.

  /// The description of its classes, input, outputs and thresholds.
  public let description: DetectorDescription
  public var classNames: ClassNames { description.classNames }
  public let scoreThreshold: Double
  public var bestThresholds: BestThresholds? { description.thresholds.best }
  public var tileSide: Int? { description.tileSide }
  /// Remarks on what was assumed, because a model without a description of its own does not tell.
  public let remarks: [String]
  /// The number format that OpenVINO computes in: float32 where the processor does not multiply
  /// bfloat16, and bfloat16 or float32 where it does not multiply float16.
  public var precision: Precision { engine.precision }
  private let engine: InferenceEngine
  private let transform: InputTransform
  private let layout: InputTransform.Layout
  private let outputDecoder: OutputDecoder
  private let lock = NSLock()
  private var idle: [InferenceRequest] = []
  private var droppedSoFar = DroppedDetections()

  /// Reads and compiles a model.
  ///
  /// - Parameters:
  ///   - path: an ONNX file, or another that OpenVINO reads (TFLite, OpenVINO's own).
  ///   - source: a known model's name (`KnownDescription`) or a JSON file; nil takes what the model
  ///     says: the metadata that `multibox export` and a training write into an ONNX file, or the
  ///     operator `TFLite_Detection_PostProcess` of a TFLite file.
  ///   - precision: bfloat16 and float16 are faster on processors that multiply them; elsewhere
  ///     OpenVINO takes another, which ``precision`` tells.
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
    try OtherModel.refuse(path)
    if path.lowercased().hasSuffix(".onnx") { try ONNXModel.checkWeights(of: path) }
    let read = try DetectorDescription.read(source, model: path)
    let description = read.description
    self.description = description
    remarks = read.remarks
    let (width, height) = (description.input.width, description.input.height)
    engine = try InferenceEngine(
      path: path, precision: precision,
      threadCount: threadCount ?? AvailableProcessors.count,
      mode: isForThroughput ? .throughput : .latency, size: (width, height))
    guard engine.inputs.count == 1, let input = engine.inputs.first,
      let layout = Self.layout(of: input.shape, width: width, height: height)
    else {
      let found = engine.inputs.map(\.description).joined(separator: "; ")
      throw RuntimeError(
        path: path,
        reason: "input: expected [1, 3, \(height), \(width)] or [1, \(height), \(width), 3],"
          + " found \(found)")
    }
    guard [.float32, .float16, .uint8, .int8].contains(input.element) else {
      throw RuntimeError(
        path: path, reason: "input: expected float32, float16, uint8 or int8, found \(input)")
    }
    self.layout = layout
    self.scoreThreshold = scoreThreshold ?? description.thresholds.score
    transform = InputTransform(description.input)
    outputDecoder = try OutputDecoder(
      description, folder: read.folder, engine: engine, scoreThreshold: scoreThreshold)
  }

  /// Returns how the channels of an image of this size stand in a shape, with a dimension for one
  /// image or without; nil where the shape is not of such an image.
  static func layout(of shape: [Int?], width: Int, height: Int) -> InputTransform.Layout? {
    let image = shape.count == 4 && shape[0] == 1 ? Array(shape.dropFirst()) : shape
    if image == [3, height, width] { return .planar }
    return image == [height, width, 3] ? .interleaved : nil
  }

  /// Requests that keep all threads busy; more than one with `isForThroughput`.
  public var concurrency: Int { engine.requestCount }

  public func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    try images.map { image in
      try computed(image) { try found(in: image, $0) }
    }
  }

  /// Decodes what a request has computed of an image.
  private func found(in image: RGBImage, _ request: InferenceRequest) throws -> [PixelDetection] {
    let (detections, dropped) = try outputDecoder.detections(of: request)
    if !dropped.isEmpty { lock.withLock { droppedSoFar += dropped } }
    return transform.placed(detections, width: image.width, height: image.height)
  }

  public var dropped: DroppedDetections { lock.withLock { droppedSoFar } }

  /// Computes the network for an image and hands the request with its outputs to `body`.
  func computed<Result>(
    _ image: RGBImage, _ body: (InferenceRequest) throws -> Result
  ) throws -> Result {
    let request = try takeRequest()
    defer { lock.withLock { idle.append(request) } }
    try request.withInput { write(image, to: $0) }
    try request.run()
    return try body(request)
  }

  /// Elements of 8 bit take grey levels as they are; with a sign, 128 less.
  private func write(_ image: RGBImage, to input: TensorElements) {
    switch input.element {
    case .uint8: transform.write(image, layout, to: input.typed(UInt8.self))
    case .int8:
      let bytes = input.typed(UInt8.self)
      transform.write(image, layout, to: bytes)
      for index in bytes.indices { bytes[index] ^= 0x80 }
    case .float16:
      let halves = input.typed(UInt16.self)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: halves.count) { values in
        transform.write(image, layout, to: values)
        for index in halves.indices { halves[index] = values[index].halfBits }
      }
    default: transform.write(image, layout, to: input.typed(Float.self))
    }
  }

  private func takeRequest() throws -> InferenceRequest {
    if let request = lock.withLock({ idle.popLast() }) { return request }
    return try InferenceRequest(engine)
  }
}

extension ModelDetector: PredictingDetector {
  public var givesPredictions: Bool { outputDecoder.givesPredictions }

  public func predictions(for image: RGBImage) throws -> Predictions {
    try computed(image) { try outputDecoder.predictions(of: $0) }
  }

  public func predictedDetections(
    in image: RGBImage
  ) throws -> (detections: [PixelDetection], predictions: Predictions) {
    try computed(image) { request in
      (try found(in: image, request), try outputDecoder.predictions(of: request))
    }
  }
}
