import ArgumentParser
import BenchSupport
import HeartMeasurements
import MultiBox

/// The same work in several sizes, to see how its cost grows: measurements are named `kind/size`.
struct GrowthBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth", abstract: "Loss, suppression and evaluation in several sizes.")

  @OptionGroup var part: PartOptions
  @Option(parsing: .upToNextOption, help: "Images of a batch.") var images: [Int] = []
  @Option(parsing: .upToNextOption, help: "Objects in an image.") var objects: [Int] = []
  @Option(parsing: .upToNextOption, help: "Boxes to suppress.") var candidates: [Int] = []
  @Option(parsing: .upToNextOption, help: "Images to evaluate.") var evaluated: [Int] = []

  func run() throws {
    var generator = SeededGenerator(seed: part.seed)
    var measurements: [String: () throws -> Void] = [:]
    for count in images {
      measurements["images/\(count)"] = loss(images: count, objects: 8, using: &generator)
    }
    for count in objects {
      measurements["objects/\(count)"] = loss(images: 2, objects: count, using: &generator)
    }
    for count in candidates {
      measurements["candidates/\(count)"] = suppression(count, using: &generator)
    }
    let inputs = (0..<(evaluated.max() ?? 0)).map { _ in
      generator.evaluationImage(detections: 20, classes: 20)
    }
    let measure = COCOAveragePrecision(classCount: 20, threadCount: part.threads)
    for count in evaluated {
      let some = Array(inputs.prefix(count))
      measurements["evaluated/\(count)"] = { _ = measure.summary(of: some) }
    }
    try part.write(inputs: [:])
    try part.write(results: [:])
    try CommandLoop(measurements: measurements).run()
  }

  private func loss(
    images: Int, objects: Int, using generator: inout SeededGenerator
  ) -> () throws -> Void {
    var round = LossRound(
      MultiBoxLoss(), images: images, objects: objects, logitCount: 21, isUntied: false,
      using: &generator)
    return { try round.evaluate(threadCount: part.threads) }
  }

  private func suppression(
    _ count: Int, using generator: inout SeededGenerator
  ) -> () throws -> Void {
    let candidates = Candidates(count, using: &generator)
    return { _ = candidates.kept() }
  }
}
