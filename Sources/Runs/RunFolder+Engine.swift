import Files
import ModelFiles

extension RunFolder {
  /// The engine that detects with a run.
  public enum Engine: Hashable, Sendable {
    /// OpenVINO runs the exported network; no LibTorch is needed.
    case openVINO(model: String)
    /// LibTorch runs the network with the run's weights.
    case libTorch(reason: String)
  }

  /// The key in the metadata of an ONNX file for the hash of the weights that it was made of.
  public static let weightsHashKey = "multibox.weights"

  /// Chooses the engine that detects with the run: its exported network where that was made of the
  /// run's weights, else LibTorch, with the checkpoint of a run that was stopped before it had
  /// others.
  ///
  /// The hash decides, not the files' dates: a copy keeps none of these. An exported network
  /// without weights beside it has nothing to be older than.
  ///
  /// - Throws: `FileError` where a file cannot be read, or the run holds neither.
  public func engine() throws -> Engine {
    let hasWeights = try InputFile.isThere(weightsPath)
    guard try InputFile.isThere(detectorPath) else {
      if hasWeights { return .libTorch(reason: "the run holds no detector.onnx") }
      guard try hasConfiguration else { throw noRun }
      guard try hasLearntCheckpoint else {
        throw FileError(
          path: path,
          reason: "holds no weights yet: neither weights.safetensors nor detector.onnx, nor a"
            + " checkpoint after the first step")
      }
      return .libTorch(reason: "the run holds a checkpoint alone, and no detector.onnx yet")
    }
    guard hasWeights else { return .openVINO(model: detectorPath) }
    guard let exported = try ONNXModel.metadata(of: detectorPath)[Self.weightsHashKey] else {
      return .libTorch(reason: "detector.onnx does not say which weights it was made of")
    }
    return exported == (try ContentHash(ofFile: weightsPath)).text
      ? .openVINO(model: detectorPath)
      : .libTorch(reason: "detector.onnx was made of other weights than weights.safetensors")
  }
}
