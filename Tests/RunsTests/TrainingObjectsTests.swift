import Datasets
import MultiBox
import TestSupport
import Testing
import TrainingInput

@testable import Runs

struct TrainingObjectsTests {
  private typealias Network = TrainingConfiguration.Network

  /// Images of a size, each with the same objects.
  private func data(
    images: Int, width: Int, height: Int, _ objects: [(x: Double, y: Double, side: Double)]
  ) -> TrainingData {
    data(
      width: width, height: height,
      (0..<images).map { _ in
        objects.map {
          LabeledPixelBox(
            box: PixelBox(xMin: $0.x, yMin: $0.y, xMax: $0.x + $0.side, yMax: $0.y + $0.side),
            classIndex: 1)
        }
      })
  }

  private func data(
    width: Int = 640, height: Int = 640, _ groundTruth: [[LabeledPixelBox]]
  ) -> TrainingData {
    TrainingData(
      TrainingDataSource(paths: ["photos"], format: .voc, classNames: ["a"]),
      training: DetectionDataset(
        classNames: ["a"],
        images: groundTruth.enumerated().map {
          DatasetImage(
            name: "\($0)", source: .file(path: "\($0).png"), width: width, height: height,
            groundTruth: $1)
        }))
  }

  // Of 640 pixels 20 are 10 in an input of 320, and 24 are 12.
  @Test(
    arguments: [
      (40, 20.0, 320), (41, 20, 512), (200, 20, 512), (200, 24.1, 320), (200, 23.9, 512),
    ] as [(Int, Double, Int)])
  func moreThanAFifthOfSmallObjectsMakeTheInputLarger(small: Int, side: Double, expected: Int) {
    let sides =
      [Double](repeating: side, count: small) + [Double](repeating: 100, count: 200 - small)
    let mixed = data(
      sides.map {
        [
          LabeledPixelBox(
            box: PixelBox(xMin: 9, yMin: 9, xMax: 9 + $0, yMax: 9 + $0), classIndex: 1)
        ]
      })
    #expect(TrainingObjects(mixed).imageSide(of: .ssdCompact) == expected)
    #expect(Network(.ssdMobileNetV2FPN, for: mixed).imageSide == expected)
    #expect(TrainingConfiguration(mixed).network.imageSide == expected)
    // A network's own side, and one that was asked for, stay.
    #expect(TrainingObjects(mixed).imageSide(of: .ssd300VGG16) == 300)
    #expect(Network(.ssdCompact, for: mixed, imageSide: 96).imageSide == 96)
  }

  @Test(
    arguments: [
      (300, 300, 320), (351, 200, 320), (352, 200, 352), (416, 400, 416), (500, 400, 480),
      (512, 300, 512), (4000, 3000, 512),
    ] as [(Int, Int, Int)])
  func noInputIsLargerThanTheImages(width: Int, height: Int, expected: Int) {
    let tiny = data(images: 200, width: width, height: height, [(0, 0, 1)])
    #expect(TrainingObjects(tiny).imageSide(of: .ssdCompact) == expected)
  }

  @Test(
    arguments: [(300, 200, 320), (351, 200, 320), (383, 300, 352), (384, 100, 384), (4000, 9, 384)]
      as [(Int, Int, Int)])
  func fromImageNetTheInputIsLarger(width: Int, height: Int, expected: Int) {
    let few = data(images: 9, width: width, height: height, [(0, 0, 9)])
    let network = Network(.ssdMobileNetV2FPN, for: few, isFromImageNet: true)
    #expect(network.imageSide == expected)
    #expect(network.defaultBoxes == NetworkPreset.ssdMobileNetV2FPN.defaultBoxes(side: expected))
    #expect(Network(.ssdMobileNetV2FPN, for: few).imageSide == 320)
    #expect(Network(.ssdlite320MobileNetV2, for: few, isFromImageNet: true).imageSide == 320)
  }

  @Test func fewObjectsChangeNothing() {
    let few = data(images: 199, width: 640, height: 640, [(0, 0, 10)])
    #expect(TrainingObjects(few).uncoveredShare(by: .compact(side: 320)) == nil)
    #expect(TrainingObjects(few).uncoveredShare(by: .compact(side: 320), ofAtLeast: 199) == 1)
    let none = data(images: 3, width: 640, height: 640, [])
    #expect(TrainingObjects(none).uncoveredShare(by: .compact(side: 320), ofAtLeast: 0) == nil)
    #expect(Network(.ssdCompact, for: few) == Network())
    var crowds = data(images: 200, width: 640, height: 640, [(0, 0, 10)]).training
    crowds.images[7].groundTruth[0].isCrowd = true
    let source = few.source
    #expect(
      Network(.ssdCompact, for: TrainingData(source, training: crowds)) == Network())
    #expect(
      Network(
        .ssdCompact,
        for: TrainingData(
          source,
          training: DetectionDataset(
            classNames: ["a"], images: []))) == Network())
  }

  // One default box, the input itself, whose IoU with an object is the object's share of it: ½ for
  // 100 × 100 of 200 × 100, a hundredth less for 99.
  @Test func anObjectIsCoveredFromHalf() {
    let whole = DefaultBoxSpecification(
      imageWidthInPixels: 64, imageHeightInPixels: 64,
      featureMaps: [
        .init(rows: 1, columns: 1, shapes: [.init(width: 64, height: 64)])
      ])
    let objects = data(images: 150, width: 200, height: 100, [(0, 0, 100)])
    #expect(TrainingObjects(objects).uncoveredShare(by: whole) == nil)
    func share(_ sides: [Double]) -> Double? {
      TrainingObjects(
        data(images: 100, width: 200, height: 100, sides.map { (0, 0, $0) })
      ).uncoveredShare(by: whole)
    }
    #expect(share([100, 100]) == 0)
    #expect(share([100, 100, 100, 99]) == 0.25)
    #expect(share([99, 98]) == 1)
  }

  // As multibox default-boxes counts them: 3,935 of 3,941 blood cells reach IoU .5, and all cards;
  // with the boxes of ssdlite320 3,589 blood cells.
  @Test(
    .enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"),
    arguments: [("bccd", "trainval", 6.0 / 3941, true), ("cards", "train", 0, false)]
      as [(String, String, Double, Bool)])
  func bloodCellsAndCardsKeepTheUsual(
    name: String, split: String, uncovered: Double, adaptsLite: Bool
  ) throws {
    let path = SharedMaterial.path("data/\(name)")
    let training = try DatasetLoader(path: path).load(split: split).dataset
    let cells = TrainingData(
      TrainingDataSource(paths: [path], classNames: training.classNames), training: training)
    let network = Network(.ssdMobileNetV2FPN, for: cells)
    #expect(network == Network(.ssdMobileNetV2FPN))
    #expect(TrainingObjects(cells).uncoveredShare(by: network.defaultBoxes) == uncovered)
    let lite = NetworkPreset.ssdlite320MobileNetV2
    #expect((Network(lite, for: cells) != Network(lite)) == adaptsLite)
  }

  // 256 × 32 pixels are 128 × 16 of an input of 320: ssd-compact's best, 83 × 28, reaches .44.
  @Test func wideObjectsMakeTheDefaultBoxes() throws {
    let wide = data(
      (0..<40).map { gridObjects(image: $0, step: 16, width: 256, height: 32) })
    let objects = TrainingObjects(wide)
    let own = DefaultBoxSpecification.compact(side: 320)
    #expect(objects.uncoveredShare(by: own) == 1)
    let made = objects.defaultBoxes(of: .ssdCompact, side: 320)
    #expect(objects.uncoveredShare(by: made) == 0)
    #expect(made.featureMaps.map(\.shapes.count) == [1, 1, 1, 1, 1])
    let shape = try #require(made.featureMaps[0].shapes.first)
    #expect(abs(shape.width - 128) < 1e-9 && abs(shape.height - 16) < 1e-9)
    #expect(made.featureMaps[1...].map(\.shapes) == own.featureMaps[1...].map { [$0.shapes[0]] })
    // As multibox default-boxes suggests them.
    var generator = SeededGenerator(seed: 1)
    #expect(
      made
        == own.adapted(
          to: wide.training.images.map(\.normalizedGroundTruth), using: &generator))
    #expect(Network(.ssdCompact, for: wide).defaultBoxes == made)
    #expect(TrainingConfiguration(wide).network.defaultBoxes == made)
    #expect(Network(.ssdCompact, for: wide, defaultBoxes: own).defaultBoxes == own)
    // torchvision's class has its own.
    let vgg = NetworkPreset.ssd300VGG16
    #expect(objects.defaultBoxes(of: vgg, side: 300) == vgg.defaultBoxes(side: 300))
  }

  // Of 400 objects 20 are 5 %.
  @Test(arguments: [(2, false), (3, true)]) func fewThatAreUncoveredStay(images: Int, adapts: Bool)
  {
    let mixed = data(
      (0..<40).map {
        gridObjects(
          image: $0, step: 16, width: $0 < images ? 256 : 64, height: $0 < images ? 32 : 64)
      })
    let own = DefaultBoxSpecification.compact(side: 320)
    #expect(TrainingObjects(mixed).uncoveredShare(by: own) == Double(images) / 40)
    #expect(
      (TrainingObjects(mixed).defaultBoxes(of: .ssdCompact, side: 320) != own) == adapts)
  }

  // 40 pixels of 1,920 × 1,080 are √(6.7 · 11.9) = 8.9 of an input of 320, and 20 of tiles of 640.
  @Test func tilesShowObjectsLarger() {
    let photographs = data(images: 100, width: 1920, height: 1080, [(700, 500, 40), (9, 9, 40)])
    #expect(Network(.ssdCompact, for: photographs).imageSide == 512)
    #expect(Network(.ssdCompact, for: photographs, tileSide: 640).imageSide == 320)
    let whole = DefaultBoxSpecification(
      imageWidthInPixels: 320, imageHeightInPixels: 320,
      featureMaps: [.init(rows: 1, columns: 1, shapes: [.init(width: 320, height: 320)])])
    // An object that fills a tile; of the image it is a fifth.
    let filling = data(images: 200, width: 1920, height: 1080, [(0, 0, 640)])
    #expect(TrainingObjects(filling, tileSide: 640).uncoveredShare(by: whole) == 0)
    #expect(TrainingObjects(filling).uncoveredShare(by: whole) == 1)
  }

  // 38.4 pixels are 2 % of 1,920.
  @Test(
    arguments: [
      (1920, 38.3, true), (1920, 38.5, false), (1500, 20, true), (1499, 20, false),
    ] as [(Int, Double, Bool)])
  func tinyObjectsInLargeImagesAreKnown(width: Int, side: Double, expected: Bool) {
    let objects = TrainingObjects(
      data(images: 3, width: width, height: 1000, [(0, 0, side), (300, 0, side), (0, 500, 400)]))
    #expect(objects.areTinyInLargeImages == expected)
    #expect(abs(objects.medianLength - side / Double(width)) < 1e-12)
    #expect(!TrainingObjects(data([])).areTinyInLargeImages)
  }
}
