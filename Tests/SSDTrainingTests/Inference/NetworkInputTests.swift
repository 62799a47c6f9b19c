#if canImport(OpenVINODetector)
  import Datasets
  import Detectors
  import Foundation
  import ImageFiles
  import MultiBox
  import NetworkInput
  import Runs
  import SSDModels
  import Testing
  import Torch
  import TrainingInput

  @testable import OpenVINODetector
  @testable import SSDTraining

  struct NetworkInputTests {
    /// Remembers what it is given.
    private final class Probe: SSDNetwork {
      let network: any SSDNetwork
      var images: [[Float]] = []

      init(_ network: any SSDNetwork) { self.network = network }

      var store: VariableStore { network.store }
      var defaultBoxSpecification: DefaultBoxSpecification { network.defaultBoxSpecification }
      func startScores(at score: Double) throws { try network.startScores(at: score) }

      func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> SSDOutput {
        // The tensors of an export's trace have no elements to look at.
        if let values = try? images.contiguous().floats() { self.images.append(values) }
        return try network(images, isTraining: isTraining)
      }
    }

    // One image on three ways into a network, `3 × H × W`: the very same bits.
    @Test func trainingAndBothEnginesSeeTheSameNumbers() throws {
      let path = FileManager.default.temporaryDirectory.path + "/multibox-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: path) }
      let shapes = ShapesSpecification(imageCount: 4, side: 75, seed: 4).dataset(split: "train")
      var configuration = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, classNames: shapes.classNames),
        network: TrainingConfiguration.Network(.ssdCompact, imageSide: 96), augmentation: .none)
      configuration.optimization.batchSize = 1
      configuration.optimization.maximumIterations = 1
      // Numbers that no rounding hides.
      configuration.network.normalization = ImageNormalization(
        mean: [123.675, 116.28, 103.53], standardDeviation: [58.395, 57.12, 57.375])

      var one = shapes
      one.images = [try #require(shapes.images.first { !$0.groundTruth.isEmpty })]
      let picture = try one.images[0].pixels()
      let folder = RunFolder(path: path)
      let training = Probe(try configuration.makeNetwork())
      let trainer = try Trainer(
        configuration, data: TrainingData(configuration.data, training: one), folder: folder,
        network: training)
      #expect(try trainer.run() == .finished)
      let trained = try #require(training.images.first)
      #expect(trained.count == 3 * 96 * 96)

      let detecting = Probe(try configuration.makeNetwork())
      _ = try NetworkDetector(detecting, configuration.detector, threadCount: 1)
        .detections(in: [picture])
      #expect(detecting.images == [trained])

      let exported = try ModelDetector(folder.detectorPath, threadCount: 1)
      let values = try exported.computed(picture) { request in
        try request.withInput { input in input.floatsInPlace.map(Array.init) ?? [] }
      }
      #expect(values == trained)
    }
  }
#endif
