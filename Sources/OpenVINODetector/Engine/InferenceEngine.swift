import COpenVINO
import Detectors
import Files
import Foundation

/// A failure inside OpenVINO, or a model that is not the detector it is said to be.
public struct RuntimeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The model's path.
  public let path: String
  /// OpenVINO's message, or what was expected and found.
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
  let inputs: [ModelPort]
  let outputs: [ModelPort]
  /// What it computes in: not always what it was asked for.
  let precision: Precision
  fileprivate let handle: COVModel

  /// - Parameters:
  ///   - size: takes the place of heights and widths that the model leaves free; nil leaves them.
  /// - Throws: `FileError` or ``RuntimeError`` naming the file.
  init(
    path: String, precision: Precision, threadCount: Int, mode: Mode,
    size: (width: Int, height: Int)? = nil
  ) throws {
    self.path = path
    // It looks for plugins there too; where it may not, an exception of C++ ends the process.
    try WorkingFolder.checkIsOpen(for: "OpenVINO")
    handle = try ReadableModel.withPath(of: path) { readable in
      var model = COVModel(pointer: nil)
      let status = cov_model_load(
        readable, Int32(clamping: threadCount), precision.engineName, mode.rawValue,
        Int32(clamping: size?.width ?? 0), Int32(clamping: size?.height ?? 0), &model)
      try Self.check(status, path)
      return model
    }
    let model = handle
    do {
      inputs = try (0..<cov_model_input_count(model)).map { index in
        try Self.port(path) { cov_model_input(model, index, $0, $1, $2) }
      }
      outputs = try (0..<cov_model_output_count(model)).map { index in
        try Self.port(path) { cov_model_output(model, index, $0, $1, $2) }
      }
      self.precision = try Self.precision(of: model, path)
    } catch {
      cov_model_free(model)
      throw error
    }
  }

  deinit {
    cov_model_free(handle)
  }

  /// Requests that keep all threads busy.
  var requestCount: Int { Int(cov_model_request_count(handle)) }

  /// Returns the output that has this name, perhaps beside others.
  func output(named name: String) -> ModelPort? {
    var shape = COVShape()
    guard cov_model_output_named(handle, name, &shape) == 0 else { return nil }
    return ModelPort(name: name, shape)
  }

  private static func precision(of model: COVModel, _ path: String) throws -> Precision {
    var name = [CChar](repeating: 0, count: 64)
    let status = name.withUnsafeMutableBufferPointer {
      cov_model_precision(model, $0.baseAddress, Int32($0.count))
    }
    try check(status, path)
    let found = name.withUnsafeBufferPointer { text($0) }
    // By another name it says that it computes in the formats of the file.
    return Precision.allCases.first { $0.engineName == found } ?? .float32
  }

  private static func port(
    _ path: String,
    _ fill: (UnsafeMutablePointer<CChar>?, Int32, UnsafeMutablePointer<COVShape>) -> COVStatus
  ) throws -> ModelPort {
    var shape = COVShape()
    var name = [CChar](repeating: 0, count: 256)
    let status = name.withUnsafeMutableBufferPointer {
      fill($0.baseAddress, Int32($0.count), &shape)
    }
    try check(status, path)
    return ModelPort(name: name.withUnsafeBufferPointer { text($0) }, shape)
  }

  private static func text(_ characters: UnsafeBufferPointer<CChar>) -> String {
    characters.baseAddress.map { String(cString: $0) } ?? ""
  }

  fileprivate static func check(_ status: COVStatus, _ path: String) throws {
    guard status == 0 else {
      throw RuntimeError(path: path, reason: reason(String(cString: cov_last_error())))
    }
  }
}

extension InferenceEngine {
  /// OpenVINO's message in one line, without the places in its own source.
  static func reason(_ message: String) -> String {
    var text = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    text.replace(/Exception from [^ ]+\.[a-z]+:[0-9]+:\s*/, with: "")
    text.replace(/Check '[^']*' failed at [^ ]+:[0-9]+:\s*/, with: "")
    return text.trimmingCharacters(in: .whitespaces)
  }
}

/// One computation of an engine, with memory of its own.
final class InferenceRequest {
  let engine: InferenceEngine
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
  func withInput<Result>(_ body: (TensorElements) throws -> Result) throws -> Result {
    var data: UnsafeMutableRawPointer?
    var shape = COVShape()
    try InferenceEngine.check(cov_request_input(handle, &data, &shape), engine.path)
    return try body(elements(data, shape))
  }

  /// Computes and waits.
  func run() throws { try InferenceEngine.check(cov_request_run(handle), engine.path) }

  /// Hands an output to `body`, with its sizes. Only to be read.
  func withOutput<Result>(
    _ name: String, _ body: (TensorElements, [Int]) throws -> Result
  ) throws -> Result {
    var data: UnsafeRawPointer?
    var shape = COVShape()
    try InferenceEngine.check(cov_request_output(handle, name, &data, &shape), engine.path)
    let memory = UnsafeMutableRawPointer(mutating: data)
    return try body(elements(memory, shape), shape.sizes64)
  }

  private func elements(
    _ data: UnsafeMutableRawPointer?, _ shape: COVShape
  ) -> TensorElements {
    TensorElements(
      element: ModelPort.Element(shape.element), start: data,
      count: data == nil ? 0 : shape.sizes64.reduce(1, *))
  }
}
