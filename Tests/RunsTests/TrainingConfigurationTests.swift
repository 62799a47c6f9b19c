import Datasets
import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import TrainingInput

struct TrainingConfigurationTests {
  private let data = TrainingDataSource(paths: ["photos"], format: .voc, classNames: ["cat"])

  private func decoded(_ json: String) throws -> TrainingConfiguration {
    try withFolder { path in
      let folder = RunFolder(path: path)
      try Data(json.utf8).write(to: URL(fileURLWithPath: folder.configurationPath))
      return try folder.configuration()
    }
  }

  private static let smallest = """
    "formatVersion": 2, "data": {"path": "photos", "format": "voc", "splitSeed": 0,
    "trainSplit": "train", "isStrict": false, "classNames": ["cat"]}
    """

  @Test func whatAFileLeavesOutHasItsDefault() throws {
    let found = try decoded("{\(Self.smallest)}")
    // But for suppression and optimizer: runs of before those keys had SSD's.
    #expect(
      found
        == TrainingConfiguration(
          data: data, optimization: TrainingConfiguration.Optimization(optimizer: .sgd),
          suppression: NonMaximumSuppression()))
    #expect(found.optimization.epochs == 60 && found.optimization.batchSize == 8)
    #expect(found.execution.device == "cpu")
    #expect(found.network.name == "ssd-compact" && found.network.imageSide == 320)
    #expect(abs(found.optimization.learningRate.base - 0.02) < 1e-15)
  }

  @Test func theDetectorOfATrainingInTilesKnowsTheirSide() throws {
    var configuration = TrainingConfiguration(data: data)
    #expect(configuration.detector.tileSide == nil)
    configuration.augmentation.tiles.side = 640
    #expect(configuration.detector.tileSide == 640)
  }

  // The rate follows the network and the batch: 0.001 · 16 / 32.
  @Test func defaultsFollowWhatIsGiven() throws {
    let found = try decoded(
      """
      {\(Self.smallest), "network": {"name": "ssd300-vgg16"}, "optimization": {"batchSize": 16}}
      """)
    #expect(found.network == TrainingConfiguration.Network(.ssd300VGG16))
    #expect(found.network.imageSide == 300 && found.network.defaultBoxes.boxCount == 8732)
    #expect(abs(found.optimization.learningRate.base - 0.0005) < 1e-15)
    #expect(found.optimization.epochs == 60)
  }

  // A file of before the key is of one process, and goes on with several as if it were one.
  @Test func statisticsAreThoseOfTheWholeBatchUnlessItSaysOtherwise() throws {
    let old = try decoded(#"{\#(Self.smallest), "optimization": {"epochs": 2}}"#)
    #expect(old.optimization.batchStatistics == .sync)
    let local = try decoded(
      #"{\#(Self.smallest), "optimization": {"batchStatistics": "local"}}"#)
    #expect(local.optimization.batchStatistics == .local)
    let again = try JSONDecoder().decode(
      TrainingConfiguration.self, from: JSONEncoder().encode(local))
    #expect(again == local)
  }

  // 0.02 / 8 an image, of 4 · 6; a warm-up of an epoch of 600 / 24 steps.
  @Test func rateAndWarmUpFollowAllImagesOfAStep() throws {
    let found = try decoded(
      #"{\#(Self.smallest), "optimization": {"batchSize": 4, "accumulation": 6}}"#)
    #expect(found.optimization.accumulation == 6)
    #expect(abs(found.optimization.learningRate.base - 0.06) < 1e-15)
    let made = TrainingConfiguration.Optimization(
      batchSize: 4, accumulation: 6, imageCount: 600, optimizer: .sgd)
    #expect(abs(made.learningRate.base - 0.06) < 1e-15)
    #expect(made.learningRate.warmUpIterations == 25)
  }

  // A file of before the key is of SGD. By hand: 0.02 / 8 / 5 · √n with the n images of a step, 8
  // and 4 · 6; for the network without norms 0.001 / 32 / 5 · √n, of 4.
  @Test func rateAndDecayFollowTheOptimizer() throws {
    let old = try decoded(#"{\#(Self.smallest), "optimization": {"epochs": 2}}"#).optimization
    #expect(old.optimizer == .sgd && old.weightDecay == 5e-4 && old.momentum == 0.9)
    let found = try decoded(
      #"{\#(Self.smallest), "optimization": {"optimizer": "adamw"}}"#
    ).optimization
    #expect(found.optimizer == .adamw && found.weightDecay == 0.05 && found.momentum == 0.9)
    #expect(abs(found.learningRate.base - 0.0005 * 2.8284271247461903) < 1e-15)
    #expect(found == TrainingConfiguration.Optimization(optimizer: .adamw))
    #expect(found == TrainingConfiguration.Optimization())
    #expect(
      TrainingConfiguration.Optimization(network: TrainingConfiguration.Network(.ssd300VGG16))
        .optimizer == .sgd)
    let large = try decoded(
      #"{\#(Self.smallest), "optimization": {"optimizer": "adamw", "weightDecay": 0.1, "#
        + #""batchSize": 4, "accumulation": 6}}"#
    ).optimization
    #expect(large.weightDecay == 0.1)
    #expect(abs(large.learningRate.base - 0.0005 * 4.898979485566356) < 1e-15)
    let rate = TrainingConfiguration.Optimization.learningRate(
      network: TrainingConfiguration.Network(.ssd300VGG16), batchSize: 4, optimizer: .adamw)
    #expect(abs(rate - 1.25e-5) < 1e-17)
  }

  @Test func aNetworkHasItsUsualLoss() throws {
    let network = TrainingConfiguration.Network(.ssd300MobileNetV1Width75)
    let usual = MultiBoxLoss(confidence: .sigmoid())
    #expect(TrainingConfiguration(data: data, network: network).loss == usual)
    let found = try decoded(
      """
      {\(Self.smallest), "network": {"name": "ssd300-mobilenet-v1-0.75"}}
      """)
    #expect(found.network == network && found.network.defaultBoxes.boxCount == 1917)
    #expect(found.loss == usual && found.loss != MultiBoxLoss())
    #expect(try found.detector.json().contains("sigmoid"))
    // One of one's own, and one that is chosen.
    #expect(TrainingConfiguration(data: data).loss == MultiBoxLoss())
    #expect(
      TrainingConfiguration(data: data, network: network, loss: MultiBoxLoss()).loss
        == MultiBoxLoss())
  }

  // A GPU would wait for one thread that reads.
  @Test func loaderThreadsFollowTheDevice() throws {
    let cores = AvailableProcessors.count
    #expect(TrainingConfiguration.Execution().loaderThreadCount == 1)
    #expect(TrainingConfiguration.Execution(device: "cuda").loaderThreadCount == cores)
    let found = try decoded("{\(Self.smallest), \"execution\": {\"device\": \"cuda\"}}")
    #expect(found.execution == TrainingConfiguration.Execution(device: "cuda"))
  }

  @Test func writtenAndReadAgainItIsTheSame() throws {
    try withFolder { path in
      var configuration = TrainingConfiguration(
        data: data, network: TrainingConfiguration.Network(.ssdCompact, imageSide: 96),
        augmentation: .none,
        execution: TrainingConfiguration.Execution(
          device: "cuda:1", precision: .bfloat16, threadCount: 3))
      configuration.network.pretrained = TrainingConfiguration.Pretrained(
        path: "w.safetensors", classNames: ["a", "b"])
      configuration.network.frozenStages = 5
      configuration.optimization.maximumIterations = 7
      configuration.optimization.patience = 3
      configuration.optimization.accumulation = 4
      configuration.optimization.learningRate.shape = .multistep(milestones: [0.1, 1 / 3.0])
      configuration.optimization.seed = .max
      configuration.optimization.sampling = .balanced
      configuration.optimization.optimizer = .adamw
      configuration.data.validationSplit = "val"
      configuration.loss.alpha = 1 / 3.0
      configuration.loss.classWeights = ClassWeights([1 / 3.0])
      let folder = RunFolder(path: path)
      try folder.create(configuration)
      #expect(try folder.configuration() == configuration)
    }
  }

  @Test(arguments: [
    (#""optimisation": {}"#, "optimisation: no such key; known are augmentation, data,"),
    (#""network": {"nam": "x"}"#, "network.nam: no such key; known are defaultBoxes,"),
    (
      #""network": {"name": "mine"}"#,
      "network.defaultBoxes: expected default boxes, as no preset is named mine"
    ),
    (
      #""network": {"frozenStages": 6, "pretrained": {"path": "w"}}"#,
      "network.frozenStages: expected 0 to 5, the stages of ssd-compact, found 6"
    ),
    (#""network": {"frozenStages": -1}"#, "network.frozenStages: expected 0 to 5, the stages of"),
    (
      #""network": {"frozenStages": 2}"#,
      "network.frozenStages: expected 0 without network.pretrained, because random weights would"
        + " never learn, found 2"
    ),
    (#""network": {"imageSide": 70}"#, "network.imageSide: expected a multiple of 32"),
    (
      #""network": {"name": "ssd300-vgg16", "imageSide": 320}"#,
      "network.imageSide: expected 300 for ssd300-vgg16, found 320"
    ),
    (#""optimization": {"epochs": 0}"#, "optimization.epochs: expected 1 to 1000000, found 0"),
    (#""execution": {"threads": 2}"#, "execution.threads: no such key"),
    (
      #""network": {"normalization": {"mean": [1, 2, 3], "standardDeviation": [1, 1, 1], "std": 1}}"#,
      "network.normalization.std: no such key; known are mean, standardDeviation"
    ),
    (
      #""optimization": {"learningRate": {"warmup": 3}}"#,
      "optimization.learningRate.warmup: no such key; known are base, shape, warmUpIterations"
    ),
    (
      #""optimization": {"learningRate": {"shape": {"multistep": {"steps": [0.5]}}}}"#,
      "optimization.learningRate.shape.multistep.steps: no such key; known are milestones"
    ),
    (
      #""optimization": {"learningRate": {"shape": {"cosine": {"end": 0}}}}"#,
      "optimization.learningRate.shape.cosine.end: no such key"
    ),
    (
      #""optimization": {"learningRate": {"shape": {}}}"#,
      "optimization.learningRate.shape: expected one of cosine, multistep, found 0"
    ),
    (
      #""optimization": {"learningRate": {"shape": {"multistep": {"milestones": [66, 83]}}}}"#,
      "optimization.learningRate.shape.multistep.milestones: expected numbers of 0…1, found [66.0,"
    ),
    (
      #""augmentation": {"flip": 0.5}"#,
      "augmentation.flip: no such key; known are copyPaste, crop, "
    ),
    (
      #""augmentation": {"photometric": {"contast": [1, 1]}}"#,
      "augmentation.photometric.contast: no such key; known are brightness, contrast, hue,"
    ),
    (
      #""augmentation": {"expansion": {"ratio": 2}}"#,
      "augmentation.expansion.ratio: no such key; known are maximumRatio, probability"
    ),
    (
      #""augmentation": {"crop": {"overlaps": []}}"#,
      "augmentation.crop.overlaps: no such key; known are aspectRatio, minimumOverlaps, scale, trials"
    ),
    (
      #""augmentation": {"crop": {"scale": [0.3, 1, 5]}}"#,
      "augmentation.crop.scale: expected two numbers, the smaller one first, found [0.3, 1.0, 5.0]"
    ),
    (
      #""loss": {"version": 2, "confidence": {"name": "softmax", "gamma": 2}}"#,
      "loss.confidence.gamma: no such key; known are labelSmoothing, mining, name"
    ),
    (
      #""loss": {"version": 2, "classWeights": [1, -2]}"#,
      "loss.classWeights: expected finite numbers of 0 or more, one a class, or null, found"
    ),
    (
      #""loss": {"version": 2, "classWeights": [1, 2]}"#,
      "loss.classWeights: expected 1, one a class, found [1.0, 2.0]"
    ),
    (#""execution": {"precision": "fp8"}"#, "execution.precision: "),
    (
      #""execution": {"precision": "float16"}"#,
      "execution.precision: expected float32 or bfloat16 on the device cpu, found float16"
    ),
    (
      #""execution": {"threadCount": 4294967296}"#,
      "execution.threadCount: expected 1 to 4096, found 4294967296 (line 2, column "
    ),
    (#""execution": {"loaderThreadCount": 0}"#, "execution.loaderThreadCount: expected 1 to 4096"),
    (#""execution": {"prefetchMemory": 9}"#, "execution.prefetchMemory: expected at least "),
    (
      #""execution": {"validationInterval": 9223372036854775807}"#,
      "execution.validationInterval: expected 0 to 1000000, found 9223372036854775807"
    ),
    (
      #""optimization": {"epochs": 9223372036854775807}"#,
      "optimization.epochs: expected 1 to 1000000, found 9223372036854775807"
    ),
    (#""optimization": {"sampling": "even"}"#, "optimization.sampling: "),
    (#""optimization": {"batchStatistics": "all"}"#, "optimization.batchStatistics: "),
    (#""optimization": {"optimizer": "adam"}"#, "optimization.optimizer: "),
    (
      #""optimization": {"optimizer": "adamw", "momentum": 1}"#,
      "optimization.momentum: expected a number from 0 to below 1, found 1.0"
    ),
    (#""optimization": {"patience": 0}"#, "optimization.patience: expected 1 to 1000000, found 0"),
    (
      #""optimization": {"patience": 3}"#,
      "optimization.patience: expected none, because data.validationSplit names no split that chooses, found 3"
    ),
    (
      #""optimization": {"accumulation": 0}"#,
      "optimization.accumulation: expected 1 to 65536, found 0"
    ),
    (
      #""optimization": {"accumulation": 9223372036854775807, "batchSize": 9223372036854775807}"#,
      "optimization.batchSize: expected 1 to 65536, found 9223372036854775807"
    ),
    (#""optimization": {"batchSize": 0}"#, "optimization.batchSize: expected 1 to 65536, found 0"),
    (
      #""optimization": {"maximumIterations": 9223372036854775807}"#,
      "optimization.maximumIterations: expected 1 to 1000000000000, found"
    ),
    (
      #""optimization": {"seed": -1}"#,
      "optimization.seed: expected a whole number of 0 to 18446744073709551615, found -1"
    ),
    (
      #""optimization": {"learningRate": {"base": 1e300}}"#,
      "optimization.learningRate.base: expected a number above 0, to 1000000.0, found 1e+300"
    ),
    (
      // LibTorch computes in float32.
      #""optimization": {"weightDecay": 1e39}"#,
      "optimization.weightDecay: expected a number of 0 or more, found 1e+39"
    ),
    (
      #""optimization": {"weightDecay": 1e999}"#,
      "optimization.weightDecay: expected a number of at most 1.8e308, found 1e999"
    ),
    (
      #""network": {"normalization": {"mean": [1], "standardDeviation": [1, 1, 1]}}"#,
      "network.normalization.mean: expected three numbers, found [1.0]"
    ),
    (#""network": {"imageSide": -64}"#, "network.imageSide: expected a multiple of 32 from 64"),
    (
      #""augmentation": {"photometric": {"brightness": -1}}"#,
      "augmentation.photometric.brightness: expected a number of 0.0 to 255.0, found -1.0"
    ),
    (
      #""augmentation": {"photometric": {"hue": 1e308}}"#,
      "augmentation.photometric.hue: expected a number of 0.0 to 180.0, found 1e+308"
    ),
    (
      #""augmentation": {"photometric": {"contrast": [0, 1e308]}}"#,
      "augmentation.photometric.contrast: expected numbers of 0 to 1000, found"
    ),
    (
      #""augmentation": {"crop": {"trials": 9223372036854775807}}"#,
      "augmentation.crop.trials: expected 0 to 10000, found 9223372036854775807"
    ),
    (
      #""augmentation": {"crop": {"aspectRatio": [1e-300, 1]}}"#,
      "augmentation.crop.aspectRatio: expected numbers of 0.001 to 1000, found"
    ),
    (
      #""augmentation": {"crop": {"scale": [0.5, 2]}}"#, "augmentation.crop.scale: expected numbers"
    ),
    (
      #""augmentation": {"expansion": {"maximumRatio": 1e300}}"#,
      "augmentation.expansion.maximumRatio: expected a number of 1.0 to 1000.0"
    ),
    (
      #""augmentation": {"tiles": {"side": 0}}"#,
      "augmentation.tiles.side: expected 32 to 1000000, found 0"
    ),
    (
      #""augmentation": {"tiles": {"backgroundProbability": 1.5}}"#,
      "augmentation.tiles.backgroundProbability: expected a number of 0…1, found 1.5"
    ),
    (
      #""augmentation": {"tiles": {"minimumVisibleShare": -1}}"#,
      "augmentation.tiles.minimumVisibleShare: expected a number of 0…1, found -1.0"
    ),
    (
      #""augmentation": {"tiles": {"size": 640}}"#,
      "augmentation.tiles.size: no such key; known are backgroundProbability, minimumVisibleShare,"
    ),
    (
      #""augmentation": {"mosaic": {"share": 1}}"#,
      "augmentation.mosaic.share: no such key; known are center, minimumVisibleShare, probability,"
    ),
    (
      #""augmentation": {"mosaic": {"probability": 1.5}}"#,
      "augmentation.mosaic.probability: expected a number of 0…1, found 1.5"
    ),
    (
      #""augmentation": {"mosaic": {"center": [-0.1, 0.5]}}"#,
      "augmentation.mosaic.center: expected numbers of 0…1, found"
    ),
    (
      #""augmentation": {"mosaic": {"scale": [0, 1]}}"#,
      "augmentation.mosaic.scale: expected numbers of 0.01 to 100, found"
    ),
    (
      #""augmentation": {"mosaic": {"minimumVisibleShare": -1}}"#,
      "augmentation.mosaic.minimumVisibleShare: expected a number of 0…1, found -1.0"
    ),
    (
      #""augmentation": {"mixup": {"concentration": 0}}"#,
      "augmentation.mixup.concentration: expected 1 to 1000, found 0"
    ),
    (
      #""augmentation": {"mixup": {"probability": -1}}"#,
      "augmentation.mixup.probability: expected a number of 0…1, found -1.0"
    ),
    (
      #""augmentation": {"mixup": {"beta": 8}}"#,
      "augmentation.mixup.beta: no such key; known are concentration, probability"
    ),
    (
      #""augmentation": {"copyPaste": {"maximumCount": 0}}"#,
      "augmentation.copyPaste.maximumCount: expected 1 to 1000, found 0"
    ),
    (
      #""augmentation": {"copyPaste": {"trials": 0}}"#,
      "augmentation.copyPaste.trials: expected 1 to 10000, found 0"
    ),
    (
      #""augmentation": {"copyPaste": {"scale": [0.5, 1e300]}}"#,
      "augmentation.copyPaste.scale: expected numbers of 0.01 to 100, found"
    ),
    (
      #""augmentation": {"copyPaste": {"maximumOverlap": 2}}"#,
      "augmentation.copyPaste.maximumOverlap: expected a number of 0…1, found 2.0"
    ),
    (
      #""augmentation": {"copyPaste": {"objects": 3}}"#,
      "augmentation.copyPaste.objects: no such key; known are maximumCount, maximumOverlap,"
    ),
    (
      #""augmentation": {"plainShare": 1}"#,
      "augmentation.plainShare: expected a number from 0 to below 1, found 1.0"
    ),
    (
      #""loss": {"version": 2, "localization": {"name": "smooth-l1", "beta": -1}}"#,
      "loss.localization.beta: expected a number of 0 or more, found -1.0"
    ),
    (
      #""execution": {"threadCount": 2, "threadCount": 3}"#,
      "execution.threadCount: stands twice"
    ),
  ])
  func aMistakeIsNamed(part: String, reason: String) throws {
    let error = #expect(throws: FileError.self) { try decoded("{\(Self.smallest), \(part)}") }
    #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    #expect(error?.reason.contains(" (line ") == true, "\(error?.reason ?? "")")
  }

  // Parts of a part, too.
  @Test func whatAPartLeavesOutHasItsDefault() throws {
    let found = try decoded(
      """
      {"formatVersion": 2, "data": {"path": "photos", "format": "voc", "classNames": ["cat"]},
      "augmentation": {"photometric": {"hue": 9}, "crop": {"scale": [0.5, 1]},
      "mosaic": {"probability": 0.25}, "tiles": {"side": 640}},
      "optimization": {"learningRate": {"base": 0.5}}}
      """)
    #expect(found.data == data)
    var augmentation = AugmentationPolicy.ssd
    augmentation.photometric.hue = 9
    augmentation.crop.scale = 0.5...1
    augmentation.mosaic = Mosaic(probability: 0.25)
    #expect(augmentation.tiles.side == nil)
    augmentation.tiles = TileSampling(side: 640)
    #expect(found.augmentation == augmentation)
    var rate = TrainingConfiguration(data: data).optimization.learningRate
    #expect(rate.base != 0.5)
    rate.base = 0.5
    #expect(found.optimization.learningRate == rate)
    let steps = try decoded(
      #"{\#(Self.smallest), "optimization": {"learningRate": {"shape": {"multistep": {}}}}}"#)
    #expect(
      steps.optimization.learningRate.shape
        == .multistep(milestones: LearningRateSchedule.usualMilestones))
  }

  // What is not in the description of the images, and what is misspelt there.
  @Test(arguments: [
    (#""format": "voc", "classNames": []"#, "data.path: missing"),
    (
      #""path": "p", "format": "voc", "classNames": ["cat"], "trainsplit": "all""#,
      "data.trainsplit: no such key; known are classNames, firstPixel, format, imageFolder, isStrict, maximumPixels,"
    ),
  ])
  func aMistakeOfTheDataIsNamed(data: String, reason: String) throws {
    let error = #expect(throws: FileError.self) {
      try decoded(#"{"formatVersion": 2, "data": {\#(data)}}"#)
    }
    #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
  }

  // Measured at the end alone, no run ends before.
  @Test func patienceWithoutMeasurementsIsNamed() throws {
    let error = #expect(throws: FileError.self) {
      try decoded(
        #"{"formatVersion": 2, "optimization": {"patience": 3}, "execution": "#
          + #"{"validationInterval": 0}, "data": {"path": "p", "validationSplit": "val", "#
          + #""classNames": ["a"]}}"#)
    }
    #expect(
      error?.reason.hasPrefix(
        "optimization.patience: expected none, because with execution.validationInterval 0 the end"
          + " alone is measured, found 3 (line 1") == true,
      "\(error?.reason ?? "")")
  }

  @Test func anUnknownVersionIsNamed() throws {
    let error = #expect(throws: FileError.self) { try decoded(#"{"formatVersion": 3}"#) }
    #expect(error?.reason == "formatVersion: expected 1 or 2, found 3 (line 1, column 19)")
  }

  // A run of the first format, with values that are nobody's default.
  @Test func theFirstFormatIsRead() throws {
    let network = TrainingConfiguration.Network(.ssdCompact, imageSide: 64)
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
    let found = try decoded(
      """
      {"formatVersion": 1, "data": "d", "dataFormat": "coco", "splitSeed": 5,
      "trainSplit": "t", "validationSplit": "v", "isStrict": true, "classNames": ["a", "b"],
      "model": "ssd-compact", "imageSide": 64, "pretrained": "p", "pretrainedClassNames": ["c"],
      "defaultBoxes": \(json(network.defaultBoxes)),
      "normalization": {"mean": [1, 2, 3], "standardDeviation": [4, 5, 6]},
      "loss": \(json(MultiBoxLoss())), "augmentation": \(json(AugmentationPolicy.none)),
      "epochs": 3, "batchSize": 2, "maximumIterations": 9,
      "learningRate": {"base": 0.5, "warmUpIterations": 4, "shape": {"cosine": {}}},
      "momentum": 0.8, "weightDecay": 0.1, "gradientLimit": 2, "averageDecay": 0.7, "seed": 11,
      "precision": "bfloat16", "threadCount": 3, "loaderThreadCount": 2,
      "validationInterval": 6}
      """)
    #expect(
      found.data.paths == ["d"] && found.data.format == .coco && found.data.reading.splitSeed == 5)
    #expect(found.data.trainSplit == "t" && found.data.validationSplit == "v")
    #expect(found.data.testSplit == nil && found.data.isStrict)
    #expect(found.data.classNames == ["a", "b"])
    #expect(found.network.name == "ssd-compact" && found.network.imageSide == 64)
    #expect(found.network.pretrained?.path == "p")
    #expect(found.network.pretrained?.classNames == ["c"])
    #expect(found.network.normalization.mean == [1, 2, 3])
    #expect(found.augmentation == .none)
    let optimization = found.optimization
    #expect(optimization.epochs == 3 && optimization.batchSize == 2)
    #expect(optimization.maximumIterations == 9 && optimization.learningRate.base == 0.5)
    #expect(optimization.momentum == 0.8 && optimization.weightDecay == 0.1)
    #expect(optimization.gradientLimit == 2 && optimization.averageDecay == 0.7)
    #expect(optimization.seed == 11)
    let execution = found.execution
    #expect(execution.precision == .bfloat16 && execution.threadCount == 3)
    #expect(execution.loaderThreadCount == 2 && execution.validationInterval == 6)
  }

  // The engine follows from content, whatever the dates of the files are.
  @Test func theEngineFollowsFromTheHashOfTheWeights() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      let weights = Data("some weights".utf8)
      #expect(throws: FileError.self) { try folder.engine() }
      // Of a run that was stopped before its first measurement, the checkpoint: after a step.
      try folder.create(TrainingConfiguration(data: data))
      for iteration in [0, 5] {
        var position = TrainingPosition()
        position.iteration = iteration
        let text = String(decoding: try JSONEncoder().encode(position), as: UTF8.self)
        try Safetensors(arrays: [:], metadata: [TrainingPosition.metadataKey: text])
          .write(to: folder.checkpointPath)
        if iteration == 0 {
          #expect(
            #expect(throws: FileError.self) { try folder.engine() }?.reason
              == "holds no weights yet: neither weights.safetensors nor detector.onnx, nor a"
              + " checkpoint after the first step")
        } else {
          #expect(
            try folder.engine()
              == .libTorch(reason: "the run holds a checkpoint alone, and no detector.onnx yet"))
        }
      }
      try FileManager.default.removeItem(atPath: folder.checkpointPath)
      try AtomicFile.write(weights, to: folder.weightsPath)
      #expect(try folder.engine() == .libTorch(reason: "the run holds no detector.onnx"))

      func export(_ metadata: [String: String]) throws {
        var model = ONNXModel(name: "m")
        model.metadata = metadata
        try model.write(to: folder.detectorPath)
      }
      try export([:])
      #expect(
        try folder.engine()
          == .libTorch(reason: "detector.onnx does not say which weights it was made of"))
      try export([RunFolder.weightsHashKey: ContentHash(of: weights).text])
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: folder.detectorPath)
      #expect(try folder.engine() == .openVINO(model: folder.detectorPath))
      try AtomicFile.write(Data("other weights".utf8), to: folder.weightsPath)
      #expect(
        try folder.engine()
          == .libTorch(
            reason: "detector.onnx was made of other weights than weights.safetensors"))
      try FileManager.default.removeItem(atPath: folder.weightsPath)
      #expect(try folder.engine() == .openVINO(model: folder.detectorPath))
    }
  }

  // xxhsum 0.8.1: `printf 'abc' | xxhsum -H2`, and of no bytes.
  @Test func theHashIsXXH3() {
    #expect(ContentHash(of: Data("abc".utf8)).text == "06b05ab6733a618578af5f94892f3950")
    #expect(ContentHash(of: Data()).text == "99aa06d3014798d86001c324468d497f")
  }

  // By hand: 8 images of 64 · 64 · 3 values, of four bytes, and of one where the device normalizes.
  @Test func aBatchForAnotherDeviceIsOfBytes() {
    var configuration = TrainingConfiguration(
      data: TrainingDataSource(
        paths: ["shapes"], format: .shapes, classNames: ShapesSpecification.classNames),
      network: TrainingConfiguration.Network(.ssdCompact, imageSide: 64))
    configuration.optimization.batchSize = 8
    #expect(configuration.execution.device == "cpu" && configuration.batchByteCount == 393_216)
    configuration.execution.device = "cuda:1"
    #expect(configuration.batchByteCount == 98_304)
  }

  @Test func aTornLastLineIsLeftOutAndADamagedOneIsNamed() throws {
    try withFolder { path in
      let file = MetricsFile(path: path + "/metrics.jsonl")
      #expect(try file.read().isEmpty)
      let line =
        #"{"kind":"training","iteration":1,"epoch":1,"loss":1,"localization":1,"confidence":1,"#
        + #""positivesPerImage":1,"learningRate":1,"gradientNorm":1,"imagesPerSecond":1}"#
      try Data("\(line)\n\(line.dropLast(9))".utf8).write(to: URL(fileURLWithPath: file.path))
      #expect(try file.read().count == 1)
      try Data("\(line.dropLast(9))\n\(line)\n".utf8).write(to: URL(fileURLWithPath: file.path))
      let error = #expect(throws: FileError.self) { try file.read() }
      #expect(error?.reason.contains("(line 1, column ") == true)
    }
  }
}
