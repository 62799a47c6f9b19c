import ArgumentParser
import BenchSupport
import DetectionData
import ModelFiles
import MultiBox
import SSDModels
import SSDTraining
import Torch

/// One whole training step: forward, loss, backward, SGD.
struct TrainBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "A training step on a batch in memory.")

  @OptionGroup var part: PartOptions
  @Option(help: "The network.") var network: ModelName
  @Option(help: "N, the images of the batch.") var images: Int
  @Option(help: "K, the logits of a default box.") var logitCount = 21
  @Option(help: "Objects in an image.") var objects = 5
  @Flag(help: "Neither weights for the peer nor a first loss: less memory.") var stepsOnly = false

  func run() throws {
    try TorchRuntime.setThreadCount(part.threads)
    let detector = network.torchvisionDetector(logitCount: logitCount, seed: part.seed)
    var generator = SeededGenerator(seed: part.seed)
    let groundTruth = generator.groundTruth(
      images: images, objects: objects, logitCount: logitCount,
      defaultBoxes: DefaultBoxes(detector.defaultBoxes))
    let side = detector.imageSide
    let deviation = 64 / detector.normalization.standardDeviation[0]
    let batch = Batch(
      pixels: generator.normals(images * side * side * 3, scale: deviation), height: side,
      width: side, groundTruth: groundTruth, indices: Array(0..<images),
      names: (0..<images).map(String.init))
    try part.write(
      inputs: groundTruth.arrays.merging([
        "pixels": NamedArray(shape: [images, side, side, 3], floats: batch.pixels)
      ]) { $1 })
    try part.write(results: stepsOnly ? [:] : firstLoss(detector, batch))

    let step = try TrainingStep(configuration(detector, .fastest(on: .cpu)))
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
    _ detector: DetectorConfiguration, _ batch: Batch
  ) throws -> [String: NamedArray] {
    let step = try TrainingStep(configuration(detector, .float32))
    try Safetensors(arrays: step.network.store.torchvisionState())
      .write(to: part.folder + "/weights.safetensors")
    let loss = try step(batch, iteration: 0, rate: 0).loss
    return ["parts": NamedArray(doubles: [loss.localization, loss.confidence], shape: [2])]
  }

  private func configuration(
    _ detector: DetectorConfiguration, _ precision: Precision
  ) -> TrainingConfiguration {
    // The moving average is not of torchvision's step.
    TrainingConfiguration(
      data: "", dataFormat: .voc, splitSeed: 0, trainSplit: "", validationSplit: nil,
      testSplit: nil, isStrict: true, classNames: detector.classNames, model: detector.model,
      imageSide: detector.imageSide, defaultBoxes: detector.defaultBoxes,
      normalization: detector.normalization, loss: detector.loss, augmentation: .none, epochs: 1,
      batchSize: images, maximumIterations: nil,
      learningRate: LearningRateSchedule(base: 1e-4, warmUpIterations: 0, shape: .cosine),
      momentum: 0.9, weightDecay: 5e-4, gradientLimit: 0, averageDecay: 0, seed: detector.seed,
      precision: precision, threadCount: part.threads, loaderThreadCount: 1,
      validationInterval: 0)
  }
}
