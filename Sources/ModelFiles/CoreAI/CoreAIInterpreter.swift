import Files
import Foundation

/// Apple's interpreter of Core AI, with an asset that it has loaded: a process beside this one.
///
/// It computes slowly, with the numbers that the asset holds. May be used from several threads;
/// calls compute one after the other. The program ignores `SIGPIPE`, as `multibox` does: a process
/// that has ended takes no input.
public final class CoreAIInterpreter: @unchecked Sendable {
  // Unchecked: the process is touched under the lock alone.

  /// A tensor that it gave.
  public struct Output: Hashable, Sendable {
    /// The sizes of its dimensions.
    public let shape: [Int]
    /// The numbers, row by row.
    public let values: [Float]
  }

  private let path: String
  private let names: [String]
  private let process: CoreAIProcess
  private let lock = NSLock()

  /// Starts the interpreter.
  ///
  /// - Parameters:
  ///   - path: of an asset with one input.
  ///   - outputs: names of the outputs that are asked for.
  ///   - environment: where the interpreter lies.
  /// - Throws: `FileError` where there is no asset, or no process starts.
  public init(
    _ path: String, outputs: [String], environment: CoreAIEnvironment
  ) throws(FileError) {
    // The interpreter crashes without one.
    _ = try CoreAIAsset.metadata(of: path)
    self.path = path
    names = outputs
    process = try CoreAIProcess(environment, ["run", path] + outputs, path: path)
  }

  deinit { _ = process.end() }

  /// Computes the outputs of one input.
  ///
  /// - Parameter input: as many numbers as the asset's input has.
  /// - Returns: the outputs in the order of their names.
  /// - Throws: `FileError` naming the asset, with the interpreter's words.
  public func outputs(of input: [Float]) throws(FileError) -> [Output] {
    lock.lock()
    defer { lock.unlock() }
    process.send(input.withUnsafeBytes { Data($0) })
    guard let line = process.answerLine(),
      let shapes = try? JSONDecoder().decode([[Int]].self, from: line), shapes.count == names.count
    else { throw failure }
    var outputs: [Output] = []
    for shape in shapes {
      let count = shape.reduce(1, *)
      let bytes = process.answer(byteCount: count * MemoryLayout<Float>.stride)
      guard bytes.count == count * MemoryLayout<Float>.stride else { throw failure }
      let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = bytes.copyBytes(to: buffer) / MemoryLayout<Float>.stride
      }
      outputs.append(Output(shape: shape, values: values))
    }
    return outputs
  }

  private var failure: FileError {
    FileError(
      path: path,
      reason: "Core AI's interpreter: \(process.end() ?? "ended without the outputs \(names)")")
  }
}
