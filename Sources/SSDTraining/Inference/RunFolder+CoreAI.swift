import Detectors
import Files
import ModelFiles
import Runs
import SSDModels

extension RunFolder {
  /// Writes the run's network as a Core AI asset that takes one image, with its description as
  /// metadata: raw heads, as in the ONNX file.
  ///
  /// A run that was stopped before it measured anything has the weights of its checkpoint.
  ///
  /// - Parameters:
  ///   - output: nil writes `coreAIPath`.
  ///   - environment: Apple's compiler.
  /// - Returns: the path of the asset.
  /// - Throws: `FileError` naming a file of the run, or the asset with the compiler's words; an
  ///   error of LibTorch.
  public func exportCoreAI(
    to output: String? = nil, with environment: CoreAIEnvironment
  ) throws -> String {
    let target = output ?? coreAIPath
    let configuration = try configuration()
    let network = try configuration.makeNetwork()
    let weights = try network.store.load(detectionWeightsOf: self)
    let description = try detector(configuration)
    try CoreAIAsset.write(
      network.onnxModel(name: description.name, metadata: [:], batch: 1),
      summary: description.name,
      metadata: [
        DetectorDescription.metadataKey: description.json(),
        Self.weightsHashKey: ContentHash(ofFile: weights).text,
      ], with: environment, to: target)
    return target
  }
}
