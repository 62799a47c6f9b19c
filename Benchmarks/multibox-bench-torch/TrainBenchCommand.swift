import ArgumentParser
import BenchSupport
import Datasets
import Detectors
import HeartMeasurements
import ModelFiles
import MultiBox
import Runs
import SSDModels
import SSDTraining
import Torch
import TrainingInput

/// One whole training step: forward, loss, backward, SGD.
struct TrainBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "A training step on a batch in memory.")

  @OptionGroup var part: PartOptions
  @OptionGroup var networkOptions: NetworkOptions
  @Option(help: "N, the images of the batch.") var images: Int
  @Option(help: "K, the logits of a default box.") var logitCount = 21
  @Option(help: "Objects in an image.") var objects = 5
  @Flag(help: "Neither weights for the peer nor a first loss: less memory.") var stepsOnly = false

  private var network: NetworkPreset { networkOptions.network }

  func run() throws {
    try TorchRuntime.setThreadCount(part.threads)
    var configuration = network.torchvisionConfiguration(
      logitCount: logitCount, seed: part.seed, batchSize: images)
    configuration.execution.threadCount = part.threads
    var generator = SeededGenerator(seed: part.seed)
    let groundTruth = generator.groundTruth(
      images: images, objects: objects, logitCount: logitCount,
      untiedWith: DefaultBoxes(configuration.network.defaultBoxes))
    let side = configuration.network.imageSide
    let deviation = 64 / configuration.network.normalization.standardDeviation[0]
    let batch = Batch(
      pixels: generator.normals(images * side * side * 3, scale: deviation), height: side,
      width: side, groundTruth: groundTruth, indices: Array(0..<images),
      names: (0..<images).map(String.init))
    try part.write(
      inputs: groundTruth.arrays.merging([
        "pixels": NamedArray(shape: [images, side, side, 3], floats: batch.pixels)
      ]) { $1 })
    try part.write(results: stepsOnly ? [:] : firstLoss(configuration, batch))

    let step = try step(configuration, .fastest(on: .cpu))
    var iteration = 0
    try CommandLoop(measurements: [
      "round": {
        _ = try step(batch, iteration: iteration, rate: 1e-4)
        iteration += 1
      }
    ]).run()
  }

  /// Computes the loss in float32 and writes the weights for the peer to do the same.
  private func firstLoss(
    _ configuration: TrainingConfiguration, _ batch: Batch
  ) throws -> [String: NamedArray] {
    let step = try step(configuration, .float32)
    try Safetensors(arrays: step.network.store.torchvisionState())
      .write(to: part.folder + "/weights.safetensors")
    let loss = try step(batch, iteration: 0, rate: 0).loss
    return ["parts": NamedArray(doubles: [loss.localization, loss.confidence], shape: [2])]
  }

  private func step(
    _ configuration: TrainingConfiguration, _ precision: Precision
  ) throws -> TrainingStep {
    var execution = configuration.execution
    execution.precision = precision
    return try TrainingStep(
      configuration.makeNetwork(), loss: configuration.loss,
      optimization: configuration.optimization, execution: execution)
  }
}
