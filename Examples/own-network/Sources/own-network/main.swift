import Datasets
import Detectors
import Foundation
import MultiBox
import Runs
import SSDModels
import SSDTraining
import TrainingInput

// own-network FOLDER: trains a network of one's own, keeps the run in the folder, and measures it.
guard CommandLine.arguments.count == 2 else {
  FileHandle.standardError.write(Data("usage: own-network FOLDER\n".utf8))
  exit(64)
}
let folder = RunFolder(path: CommandLine.arguments[1])
let side = 96

// What is trained on: pictures made from a seed. A path to labelled photographs does as well.
let data = try TrainingData("shapes:images=1600,side=\(side),seed=1")

// The network: a backbone, default boxes that fit its maps, and SSD's head between them.
let defaultBoxes = DefaultBoxSpecification.threeMaps(side: side)
let store = try VariableStore(seed: 1)
let network = try SSD(
  ThreeMaps(store.root("backbone")), classCount: data.training.classNames.count,
  defaultBoxes: defaultBoxes, store: store)

// The training: every default but those that belong to the network.
var configuration = TrainingConfiguration(
  data,
  network: TrainingConfiguration.Network(
    name: "three-maps", imageSide: side, defaultBoxes: defaultBoxes))
configuration.augmentation = .none
configuration.optimization.epochs = 5
configuration.execution.validationInterval = 0
let trainer = try Trainer(configuration, data: data, folder: folder, network: network)
_ = try trainer.run(observe: { event in
  if case .trained(let metrics) = event {
    print("epoch \(metrics.epoch): loss \(metrics.loss)")
  }
})

// The run's exported network needs no LibTorch; the network at hand detects, too.
let detector = NetworkDetector(
  network, configuration.detector, threadCount: configuration.execution.threadCount)
let test = ShapesSpecification(imageCount: 800, side: side, seed: 2).dataset(split: "test")
let summary = COCOAveragePrecision(classCount: test.classNames.count)
  .summary(of: try detector.evaluationImages(of: test))
print("AP50 \(summary.ap50)")
print("exported \(FileManager.default.fileExists(atPath: folder.detectorPath))")
