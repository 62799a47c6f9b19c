import Detectors
import MultiBox
import NetworkInput

/// The inputs and outputs of a model file, the description that it carries, and one that is
/// proposed where it carries none.
public struct ModelInspection: Sendable {
  /// The model's path.
  public let path: String
  /// The inputs.
  public let inputs: [ModelPort]
  /// The outputs.
  public let outputs: [ModelPort]
  /// The model brings the description along in its metadata.
  public let carriesDescription: Bool
  /// Known descriptions whose input and outputs are those of the model.
  public let known: [KnownDescription]
  /// Its own description, a known one that fits, or the proposal; nil where the model does not look
  /// like a detector.
  public let description: DetectorDescription?
  /// Remarks on the proposal that a person must look at before using it, as the model does not
  /// tell.
  public let remarks: [String]

  /// Reads a model and computes it once, on a grey image, to see what its numbers look like.
  ///
  /// - Parameters:
  ///   - path: of any model that OpenVINO reads.
  ///   - size: the width and height of the input in pixels, where the model leaves them free.
  /// - Throws: `FileError` or ``RuntimeError`` naming the file, also for a size that has no effect.
  public init(model path: String, size: (width: Int, height: Int)? = nil) throws {
    try OtherModel.refuse(path)
    let own = try DetectorDescription.ofModel(path)
    let ownSize = own.map { ($0.description.input.width, $0.description.input.height) }
    let engine = try InferenceEngine(
      path: path, precision: .float32,
      threadCount: AvailableProcessors.count, mode: .latency,
      size: size ?? ownSize)
    if let size {
      let takes = engine.inputs.contains {
        ModelDetector.layout(of: $0.shape, width: size.width, height: size.height) != nil
      }
      guard takes else {
        throw RuntimeError(
          path: path,
          reason: "a size of \(size.width)x\(size.height) has no effect: expected an input that"
            + " leaves width and height free, found"
            + " \(engine.inputs.map(\.description).joined(separator: "; "))")
      }
    }
    self.path = path
    inputs = engine.inputs
    outputs = engine.outputs
    carriesDescription = own != nil
    known = own == nil ? KnownDescription.allCases.filter { $0.fits(engine) } : []
    if let own {
      (description, remarks) = own
    } else if let known = known.first {
      description = try known.description
      remarks = []
    } else {
      var proposal = DescriptionProposal(engine)
      description = try proposal.description(of: engine)
      remarks = proposal.remarks
    }
  }
}

extension KnownDescription {
  /// Whether a model has the input and outputs of the description.
  fileprivate func fits(_ engine: InferenceEngine) -> Bool {
    guard let description = try? description else { return false }
    let (width, height) = (description.input.width, description.input.height)
    return engine.inputs.count == 1
      && ModelDetector.layout(of: engine.inputs[0].shape, width: width, height: height) != nil
      && description.outputs.all.allSatisfy { engine.output(named: $0.name) != nil }
  }
}
