import ArgumentParser
import Datasets
import MultiBox
import Runs
import TestSupport
import Testing
import TrainingInput

@testable import Commands

struct TrainingDefaultsOptionTests {
  private func notes(
    _ options: [String], from start: TrainingStart = TrainingStart(), format: DatasetFormat = .voc,
    emptyCount: Int = 0
  ) throws -> [String] {
    let options = try TrainOptions.parse(["--data", "shapes:images=40,side=64"] + options)
    let read = try options.readData()
    var source = read.source
    source.format = format
    var training = read.training
    for index in 0..<emptyCount { training.images[index].groundTruth = [] }
    let data = TrainingData(source, training: training)
    let configuration = try options.configuration(
      data, from: start, normalization: nil, fastest: .float32)
    return options.defaultsNotes(configuration, data, from: start)
  }

  private static let imageNet = TrainingStart(
    TrainingStart.fromImageNet, weights: .imageNet(path: "w.pth"))

  // An option of 0 takes a default away.
  @Test func frozenStagesGoWithWeights() throws {
    #expect(
      try notes(["--freeze", "0", "--epochs", "3"], from: Self.imageNet) == [
        "40 images: ssd-mobilenet-v2-fpn from ImageNet (--model), batches of 4 (--batch-size),"
          + " augmentation light (--augmentation)"
      ])
    for options in [["--freeze", "1"], ["--freeze", "0"]] {
      let error = #expect(throws: ValidationError.self) { try notes(options) }
      #expect(
        error?.message == "--freeze goes with --pretrained: random weights would never learn")
    }
  }

  /// Three negatives for each of no positives are none.
  @Test func imagesWithoutObjectsAreTold() throws {
    let line =
      "3 of 40 images without objects, which add nothing to the loss: --minimum-negatives 3 learns"
      + " from their background"
    #expect(try notes([], format: .shapes, emptyCount: 3).last == line)
    for options in [
      ["--minimum-negatives", "1"], ["--confidence-loss", "focal"], ["--mosaic", "0.5"],
    ] {
      #expect(try !notes(options, format: .shapes, emptyCount: 3).contains(line), "\(options)")
    }
    #expect(try !notes([], format: .shapes).contains { $0.contains("without objects") })
  }

  @Test func whatTheDataChoseIsTold() throws {
    #expect(
      try notes([], format: .shapes) == [
        "40 images: ssd-compact from random weights (--model), 300 epochs (--epochs), batches of 4"
          + " (--batch-size), augmentation light (--augmentation)"
      ])
    #expect(
      try notes([], from: Self.imageNet) == [
        "40 images: ssd-mobilenet-v2-fpn from ImageNet (--model), 2 stages frozen (--freeze), 300 epochs"
          + " (--epochs), batches of 4 (--batch-size), augmentation light (--augmentation)"
      ])
    #expect(
      try notes(["--time", "20m", "--batch-size", "8"]) == [
        "40 images: ssd-compact from random weights (--model), augmentation light (--augmentation)",
        "so few photographs are learned better from ImageNet: make weights brings what"
          + " ssd-mobilenet-v2-fpn starts from",
      ])
    #expect(
      try notes([
        "--model", "ssd-compact", "--epochs", "3", "--batch-size", "8", "--augmentation", "ssd",
      ]) == [])
  }

  @Test func optionsThatNameAStartAreTaken() throws {
    func start(_ options: [String]) throws -> TrainingStart? {
      try TrainOptions.parse(["--data", "x"] + options).network.start()
    }
    #expect(try start([]) == nil)
    #expect(try start(["--model", "ssd-compact"]) == TrainingStart(.ssdCompact))
    #expect(
      try start(["--pretrained", "a.pth"])
        == TrainingStart(.ssdCompact, weights: .file(path: "a.pth")))
    #expect(
      try start(["--model", "ssd300-vgg16", "--pretrained", "a.pth"])
        == TrainingStart(.ssd300VGG16, weights: .file(path: "a.pth")))
  }

  /// Forty images of 640 pixels, or as many times as large, with ten objects each.
  private func data(
    step: Double, width: Double, height: Double, enlarged: Double = 1
  ) -> TrainingData {
    let side = Int(640 * enlarged)
    let images = (0..<40).map { number in
      DatasetImage(
        name: "\(number)", source: .file(path: "\(number).png"), width: side, height: side,
        groundTruth: gridObjects(image: number, step: step, width: width, height: height).map {
          var object = $0
          object.box = object.box.scaled(x: enlarged, y: enlarged)
          return object
        })
    }
    return TrainingData(
      TrainingDataSource(paths: ["photos"], format: .shapes, classNames: ["a"]),
      training: DetectionDataset(classNames: ["a"], images: images))
  }

  private func notes(
    of data: TrainingData, from start: TrainingStart = TrainingStart(), _ options: [String] = []
  ) throws -> [String] {
    let options = try TrainOptions.parse(
      ["--data", "photos", "--epochs", "3", "--batch-size", "8", "--augmentation", "ssd"] + options)
    let configuration = try options.configuration(
      data, from: start, normalization: nil, fastest: .float32)
    return options.defaultsNotes(configuration, data, from: start)
  }

  // 10 pixels of 640 are 8 of 512, a cell of the first map: a default box of that shape fits each.
  @Test func whatTheObjectsChoseIsTold() throws {
    let small = data(step: 10, width: 10, height: 10)
    let network = "40 images: ssd-compact from random weights (--model)"
    let boxes = "default boxes made of the objects (--default-boxes)"
    #expect(
      try notes(of: small) == [
        "\(network), input of 512 pixels for small objects (--image-size), \(boxes)"
      ])
    #expect(try notes(of: small, ["--image-size", "512"]) == ["\(network), \(boxes)"])
    // 100 % of them are too small for what stays.
    let left =
      "100 % of the objects overlap no default box by half: --default-boxes, --image-size and"
      + " --tiles change that"
    #expect(
      try notes(
        of: small, from: TrainingStart(.ssd300VGG16), ["--model", "ssd300-vgg16"]) == [left])
    #expect(
      try notes(
        of: small, from: TrainingStart(weights: .file(path: "w.safetensors")),
        ["--model", "ssd-compact", "--pretrained", "w.safetensors"]) == [left])
    // A hundred objects choose nothing, but that none of them fits is told.
    var few = small.training
    few.images = Array(few.images.prefix(10))
    #expect(
      try notes(of: TrainingData(small.source, training: few)) == [
        "10 images: ssd-compact from random weights (--model)", left,
      ])
    // Boxes that were named are not judged.
    #expect(
      try notes(
        of: small, from: TrainingStart(.ssd300VGG16),
        ["--model", "ssd300-vgg16", "--default-boxes", "ssd300-coco"]) == [])
    let large = data(step: 16, width: 64, height: 64)
    #expect(try notes(of: large) == [network])
    #expect(
      try notes(of: large, from: Self.imageNet) == [
        "40 images: ssd-mobilenet-v2-fpn from ImageNet (--model), input of 384 pixels"
          + " (--image-size), 2 stages frozen (--freeze)"
      ])
  }

  // 40 pixels of 2,560 are 1.6 %.
  @Test func tilesAreNamedForSmallObjectsInLargeImages() throws {
    let large = data(step: 10, width: 10, height: 10, enlarged: 4)
    let tiles =
      "small objects in large images, half of them below 1.6 % of the longer side: --tiles 640 shows"
      + " them larger"
    #expect(try notes(of: large).last == tiles)
    #expect(try notes(of: large, ["--tiles", "640"]).contains(tiles) == false)
    #expect(try notes(of: data(step: 10, width: 10, height: 10, enlarged: 2)).count == 1)
  }
}
