import COpenVINO

/// What went wrong in OpenVINO: the operation and its message.
public struct RuntimeError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let reason: String
  public var description: String { "\(path): \(reason)" }
}

/// A network compiled by OpenVINO for this machine's processor.
final class InferenceEngine: @unchecked Sendable {
  // Unchecked: OpenVINO's compiled models may be used from any thread; requests may not, and belong
  // to one caller each.

  /// Whether one image soon or many images a second are wanted.
  enum Mode: String {
    case latency = "LATENCY"
    case throughput = "THROUGHPUT"
  }

  let path: String
  /// Sizes of the input: N, C, H, W.
  let inputShape: [Int]
  fileprivate let handle: COVModel

  /// - Throws: ``RuntimeError`` naming the file.
  init(path: String, precision: DetectorPrecision, threadCount: Int, mode: Mode) throws {
    self.path = path
    var model = COVModel(pointer: nil)
    let status = cov_model_load(
      path, Int32(clamping: threadCount), precision.engineName, mode.rawValue, 1, &model)
    try Self.check(status, path)
    handle = model
    var sizes = [Int64](repeating: 0, count: 8)
    var rank: Int32 = 0
    do {
      try Self.check(cov_model_input_shape(model, &sizes, &rank), path)
    } catch {
      cov_model_free(model)
      throw error
    }
    inputShape = sizes.prefix(Int(rank)).map(Int.init)
  }

  deinit {
    cov_model_free(handle)
  }

  /// Requests that keep all threads busy.
  var requestCount: Int { Int(cov_model_request_count(handle)) }

  fileprivate static func check(_ status: COVStatus, _ path: String) throws {
    guard status == 0 else {
      let text = String(cString: cov_last_error())
      throw RuntimeError(
        path: path,
        reason: text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }
  }
}

/// One computation of an engine, with memory of its own.
final class InferenceRequest {
  private let engine: InferenceEngine
  private let handle: COVRequest

  init(_ engine: InferenceEngine) throws {
    self.engine = engine
    var request = COVRequest(pointer: nil)
    try InferenceEngine.check(cov_request_new(engine.handle, &request), engine.path)
    handle = request
  }

  deinit {
    cov_request_free(handle)
  }

  /// Lets `body` write the input.
  func withInput<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    var data: UnsafeMutablePointer<Float>?
    var count: Int64 = 0
    try InferenceEngine.check(cov_request_input(handle, &data, &count), engine.path)
    return try body(UnsafeMutableBufferPointer(start: data, count: Int(count)))
  }

  /// Computes and waits.
  func run() throws { try InferenceEngine.check(cov_request_run(handle), engine.path) }

  /// Hands an output to `body`, with its sizes.
  func withOutput<Result>(
    _ name: String, _ body: (UnsafeBufferPointer<Float>, [Int]) throws -> Result
  ) throws -> Result {
    var data: UnsafePointer<Float>?
    var sizes = [Int64](repeating: 0, count: 8)
    var rank: Int32 = 0
    try InferenceEngine.check(
      cov_request_output(handle, name, &data, &sizes, &rank), engine.path)
    let shape = sizes.prefix(Int(rank)).map(Int.init)
    return try body(UnsafeBufferPointer(start: data, count: shape.reduce(1, *)), shape)
  }
}
