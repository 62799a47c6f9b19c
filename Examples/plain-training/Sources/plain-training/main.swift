import Datasets
import MultiBox
import NetworkInput
import Runs
import SSDModels
import SSDTraining
import Torch
import TrainingInput

// A training on one page: images → batch → network → loss → backward → step. `Trainer` does the same, and
// keeps checkpoints, an average of the weights, measures and a report besides.

// Images: pictures of circles, crosses, squares and triangles, made from a seed.
let side = 96
let images = ShapesSpecification(imageCount: 480, side: side, seed: 1).dataset(split: "train")
let input = InputSpecification(width: side, height: side, normalization: .unitRange)
let cache = ImageCache()

// The network, its default boxes, and what it learns by.
try TorchRuntime.setThreadCount(2)
let preset = NetworkPreset.ssdCompact
let network = try preset.makeNetwork(
  classCount: images.classNames.count, specification: preset.defaultBoxes(side: side),
  imageSide: side, seed: 1)
let defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
let loss = MultiBoxLoss()
let optimizer = StochasticGradientDescent(momentum: 0.9)
try optimizer.addGroup(network.store.tensors(of: [.weight]), weightDecay: 5e-4)
try optimizer.addGroup(network.store.tensors(of: [.bias, .normalization]), weightDecay: 0)
let (epochs, batchSize) = (4, 8)
let schedule = LearningRateSchedule(base: 0.02, warmUpIterations: 40, shape: .cosine)

var iteration = 0
let iterations = epochs * images.images.count / batchSize
for epoch in 0..<epochs {
  let loader = BatchLoader(
    dataset: images, cache: cache,
    configuration: BatchLoader.Configuration(
      batchSize: batchSize, input: input, augmentation: .none, seed: 1, epoch: epoch,
      shuffles: true, dropsLast: true))
  var sum = 0.0
  while let batch = try loader.next() {
    // Forward: logits [N, D, K] and offsets [N, D, 4].
    let output = try network(Tensor(batch), isTraining: true)
    // The loss, in Swift, and its gradient with respect to both.
    let gradients = try output.gradients(
      of: loss, groundTruth: batch.groundTruth, defaultBoxes: defaultBoxes)
    // Backward from there to every weight, and one step of gradient descent.
    try optimizer.clearGradients()
    try output.backward(gradients)
    _ = try optimizer.clipGradients(maximum: 10)
    try optimizer.step(rate: schedule.rate(at: iteration, of: iterations))
    sum += gradients.loss.loss
    iteration += 1
  }
  print("epoch \(epoch + 1): loss \(sum / Double(images.images.count / batchSize))")
}
