import ArgumentParser
import BenchSupport
import Datasets
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import NetworkInput
import TrainingInput

/// From JPEG files to the pixels of a batch, augmented as the original SSD.
struct ReadingBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reading", abstract: "A batch of JPEG files as a training reads it.")

  @OptionGroup var part: PartOptions
  @Option(help: "Side of the output in pixels.") var side = 300
  @Argument(help: "JPEG files.") var images: [String]

  func run() throws {
    let dataset = DetectionDataset(
      classNames: ["object"],
      images: try images.map { path in
        let (width, height) = try ImageFile.size(path)
        let box = PixelBox(
          xMin: 0.3 * Double(width), yMin: 0.3 * Double(height), xMax: 0.7 * Double(width),
          yMax: 0.7 * Double(height))
        return DatasetImage(
          name: path, source: .file(path: path), width: width, height: height,
          groundTruth: [LabeledPixelBox(box: box, classIndex: 1)])
      })
    // What is compared: only what torchvision computes alike, the crop and the mirror.
    let policy = AugmentationPolicy(
      photometric: PhotometricDistortion(probability: 0), expansion: Expansion(probability: 0))
    var configuration = BatchLoader.Configuration(
      batchSize: images.count,
      input: InputSpecification(width: side, height: side, normalization: .imageNetMean),
      augmentation: policy, seed: part.seed, epoch: 0, shuffles: false, dropsLast: false,
      workerCount: part.threads)
    func pass(_ configuration: BatchLoader.Configuration) throws -> Batch? {
      // Decoded pixels are not kept: a data set that needs a fast reader does not fit the memory.
      try BatchLoader(
        dataset: dataset, cache: ImageCache(byteLimit: 0), configuration: configuration
      ).next()
    }
    // The loader's own draws: stream by seed, epoch and image.
    let stream = SeededGenerator(seed: part.seed).split(0)
    let draws = dataset.images.enumerated().map { index, image in
      var generator = stream.split(UInt64(index))
      return policy.draw(
        width: image.width, height: image.height, groundTruth: image.groundTruth,
        using: &generator)
    }
    try part.write(inputs: [
      "windows": NamedArray(draws.map(\.window)),
      "mirrored": NamedArray(
        integers: draws.map { $0.isMirrored ? 1 : 0 }, shape: [draws.count]),
    ])
    let pixels = try pass(configuration)?.pixels ?? []
    try part.write(results: [
      "pixels": NamedArray(shape: [images.count, side, side, 3], floats: pixels)
    ])
    configuration.augmentation = .ssd
    try CommandLoop(measurements: [
      "round": {
        configuration.epoch += 1
        _ = try pass(configuration)
      }
    ]).run()
  }
}
