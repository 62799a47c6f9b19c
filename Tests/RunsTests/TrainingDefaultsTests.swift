import Datasets
import MultiBox
import Testing
import TrainingInput

@testable import Runs

struct TrainingDefaultsTests {
  @Test(
    arguments: [
      // Steps of 4: 292 images make 73 of them, and 60 · 73 are 4,380 of 4,400.
      (292, 4, AugmentationPolicy.light, 61, 61), (205, 4, .light, 87, 87),
      (500, 4, .light, 60, 36),
      (20, 4, .light, 300, 300),
      (1, 4, .light, 300, 300), (999, 4, .light, 60, 30), (1000, 8, .ssd, 60, 30),
      (118_000, 8, .ssd, 60, 30),
    ] as [(Int, Int, AugmentationPolicy, Int, Int)])
  func fewImagesAreSeenMoreOften(
    images: Int, batch: Int, augmentation: AugmentationPolicy, epochs: Int, pretrained: Int
  ) {
    let defaults = TrainingDefaults(imageCount: images)
    #expect(defaults.batchSize == batch)
    #expect(defaults.augmentation == augmentation)
    #expect(defaults.frozenImageNetStages == (images < 1000 ? 2 : 0))
    #expect(defaults.imageSide(isFromImageNet: true) == (images < 1000 ? 384 : 320))
    #expect(defaults.imageSide(isFromImageNet: false) == 320)
    #expect(defaults.epochs(stepSize: batch, isPretrained: false) == epochs)
    #expect(defaults.epochs(stepSize: batch, isPretrained: true) == pretrained)
  }

  @Test func ofAnUnknownNumberThereAreMany() {
    let defaults = TrainingDefaults(imageCount: nil)
    #expect(!defaults.hasFewImages && defaults.batchSize == 8 && defaults.augmentation == .ssd)
    #expect(defaults.epochs(stepSize: 8, isPretrained: false) == 60)
    #expect(defaults.warmUp(stepSize: 8) == 500)
  }

  @Test func warmUpIsAnEpochWithinLimits() {
    #expect(TrainingDefaults(imageCount: 600).warmUp(stepSize: 24) == 25)
    #expect(TrainingDefaults(imageCount: 60).warmUp(stepSize: 24) == 20)
    #expect(TrainingDefaults(imageCount: 60_000).warmUp(stepSize: 24) == 500)
  }

  @Test func aConfigurationOfDataFollowsThem() {
    let data = Self.data(images: 292, .voc)
    let made = TrainingConfiguration(data)
    #expect(made.optimization.batchSize == 4 && made.optimization.epochs == 61)
    #expect(made.augmentation == .light)
    var network = TrainingConfiguration.Network(.ssdMobileNetV2FPN)
    network.pretrained = TrainingConfiguration.Pretrained(path: "a.pth")
    #expect(TrainingConfiguration(data, network: network).optimization.epochs == 61)
  }

  fileprivate static func data(images: Int, _ format: DatasetFormat?) -> TrainingData {
    let image = ShapesSpecification(imageCount: 1, side: 32, seed: 1).dataset(split: "train")
      .images[0]
    return TrainingData(
      TrainingDataSource(paths: ["a"], format: format, classNames: ["a"]),
      training: DetectionDataset(
        classNames: ["a"], images: Array(repeating: image, count: images)))
  }
}

struct TrainingStartTests {
  private func start(_ images: Int, _ format: DatasetFormat?, path: String?) throws -> TrainingStart
  {
    try TrainingStart(for: TrainingDefaultsTests.data(images: images, format)) { preset in
      #expect(preset == .ssdMobileNetV2FPN)
      return path
    }
  }

  @Test func fewPhotographsStartFromImageNet() throws {
    let fromImageNet = TrainingStart(.ssdMobileNetV2FPN, weights: .imageNet(path: "w.pth"))
    #expect(try start(999, .voc, path: "w.pth") == fromImageNet)
    // Several places of different layouts.
    #expect(try start(1, nil, path: "w.pth") == fromImageNet)
    #expect(try start(999, .voc, path: nil) == TrainingStart(.ssdCompact))
    #expect(try start(1000, .voc, path: "w.pth") == TrainingStart(.ssdCompact))
    #expect(try start(999, .shapes, path: "w.pth") == TrainingStart(.ssdCompact))
  }
}
