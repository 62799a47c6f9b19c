import Runs
import Testing

@testable import Commands

struct OptimizerOptionTests {
  private func optimization(
    _ options: [String]
  ) throws -> TrainingConfiguration.Optimization {
    let options = try TrainOptions.parse(
      ["--data", "shapes:images=40,side=64", "--image-size", "64", "--batch-size", "8"] + options)
    return try options.configuration(
      options.readData(), from: TrainingStart(), normalization: nil, fastest: .float32
    ).optimization
  }

  // By hand: 0.02 / 8 an image, of 8; a fifth of that for one, by √8; by √16 for two batches.
  @Test(
    arguments: [
      ([], OptimizerKind.adamw, 0.0005 * 2.8284271247461903, 0.05, 0.9),
      (["--optimizer", "sgd"], .sgd, 0.02, 5e-4, 0.9),
      (["--optimizer", "adamw"], .adamw, 0.0005 * 2.8284271247461903, 0.05, 0.9),
      (["--optimizer", "adamw", "--accumulate", "2"], .adamw, 0.002, 0.05, 0.9),
      (
        [
          "--optimizer", "adamw", "--learning-rate", "0.5", "--weight-decay", "0", "--momentum",
          "0.8",
        ], .adamw, 0.5, 0, 0.8
      ),
      (["--optimizer", "sgd", "--weight-decay", "0.25"], .sgd, 0.02, 0.25, 0.9),
    ] as [([String], OptimizerKind, Double, Double, Double)])
  func defaultsFollowTheOptimizer(
    options: [String], optimizer: OptimizerKind, rate: Double, decay: Double, momentum: Double
  ) throws {
    let found = try optimization(options)
    #expect(found.optimizer == optimizer && found.momentum == momentum)
    #expect(abs(found.learningRate.base - rate) < 1e-15)
    #expect(found.weightDecay == decay)
  }
}
