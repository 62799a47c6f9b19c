import ArgumentParser
import BenchSupport
import Detectors
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import NetworkInput
import Runs
import SSDModels
import SSDTraining
import Torch

#if OPENVINO
  import OpenVINODetector
#endif

/// Writes a network for both sides of the detection parts: ONNX for ours, in float32 and, where
/// OpenVINO is there to measure it, with 8 bits; safetensors for the peer.
struct ExportBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a network as ONNX and as torchvision's weights.")

  @OptionGroup var part: PartOptions
  @OptionGroup var networkOptions: NetworkOptions
  @Option(help: "K, the logits of a default box.") var logitCount = 21
  @Option(help: "Candidates above the threshold in the picture.") var candidates = 300
  @Argument(help: "The picture to be detected in, and more that ranges of 8 bits are measured on.")
  var images: [String]

  private var network: NetworkPreset { networkOptions.network }

  func run() throws {
    try TorchRuntime.setThreadCount(part.threads)
    let configuration = network.torchvisionConfiguration(
      logitCount: logitCount, seed: part.seed)
    let made = try configuration.makeNetwork()
    var description = configuration.detector
    // torchvision resizes without antialiasing.
    description.input.filter = .bilinear
    if network == .ssdlite320MobileNetV3 {
      description.thresholds = .init(
        score: 0.001, iou: 0.55, candidatesPerClass: 300, maximumDetections: 300)
    }
    try makeDetectionsLikeTrained(made, description)
    try Safetensors(arrays: made.store.torchvisionState())
      .write(to: part.folder + "/weights.safetensors")
    let metadata = [DetectorDescription.metadataKey: try description.json()]
    try made.onnxModel(name: network.name, metadata: metadata)
      .write(to: part.folder + "/detector.onnx")
    #if OPENVINO
      try made.onnxModel(name: network.name, metadata: metadata) { graph in
        let result = try GraphQuantizer(description.input, threadCount: part.threads)
          .quantized(
            graph, imageCount: images.count, load: { try ImageFile.read(images[$0]) })
        let all = result.byteCount + result.floatConvolutions.count
        let words = "\(network.name): \(result.byteCount) of \(all) convolutions with 8 bits\n"
        try FileHandle.standardError.write(contentsOf: Data(words.utf8))
        return result.graph
      }.write(to: part.folder + "/detector-int8.onnx")
    #endif
  }

  /// Makes scores as different as a trained network's, and the background so likely that as few
  /// candidates pass the threshold: an untrained one finds a little of every class everywhere.
  private func makeDetectionsLikeTrained(
    _ made: any SSDNetwork, _ description: DetectorDescription
  ) throws {
    let side = description.input.width
    var pixels = [Float](repeating: 0, count: side * side * 3)
    let picture = try ImageFile.read(images[0])
    pixels.withUnsafeMutableBufferPointer {
      InputTransform(description.input).write(picture, .interleaved, to: $0)
    }
    var logits = try Gradients.unrecorded {
      try made(Tensor(channelsLast: pixels, shape: [1, side, side, 3]), isTraining: false).logits
        .floats()
    }
    let deviation = (logits.reduce(0) { $0 + $1 * $1 } / Float(logits.count)).squareRoot()
    let scale = 2 / deviation
    for index in logits.indices { logits[index] *= scale }
    let bias = backgroundBias(logits, threshold: Float(description.thresholds.score))
    for variable in made.store.variables where isLast(variable) {
      let old = try variable.tensor.floats()
      let new = old.enumerated().map { index, value in
        variable.kind == .bias && index % logitCount == 0 ? bias : value * scale
      }
      try variable.tensor.assign(Tensor(new, shape: variable.tensor.shape))
    }
  }

  /// Whether a variable belongs to the convolution whose outputs are the logits.
  private func isLast(_ variable: Variable) -> Bool {
    let isLite = network == .ssdlite320MobileNetV3
    let parts = variable.name.split(separator: ".")
    return parts.starts(with: ["head", "classification_head"])
      && (!isLite || (parts.count == 6 && parts[4] == "1"))
  }

  /// Returns what must be added to the background's logits for `candidates` scores to be above the
  /// threshold.
  private func backgroundBias(_ logits: [Float], threshold: Float) -> Float {
    func count(_ bias: Float) -> Int {
      stride(from: 0, to: logits.count, by: logitCount).reduce(0) { count, first in
        let classes = logits[first + 1..<first + logitCount].map { exp($0) }
        let sum = classes.reduce(exp(logits[first] + bias), +)
        return count + classes.count { $0 > threshold * sum }
      }
    }
    var (low, high): (Float, Float) = (0, 30)
    for _ in 0..<20 {
      let middle = (low + high) / 2
      if count(middle) > candidates { low = middle } else { high = middle }
    }
    return high
  }
}
