import Datasets
import Testing
import TrainingInput

@testable import Runs

struct TrainingFingerprintTests {
  private static func fingerprint(
    program: String = "a", images: Int = 3,
    _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> TrainingFingerprint {
    var configuration = TrainingConfiguration(
      data: TrainingDataSource(
        paths: ["photos"], format: .shapes, classNames: ShapesSpecification.classNames))
    change(&configuration)
    let shapes = ShapesSpecification(imageCount: images, side: 32, seed: 1).dataset(split: "train")
    return try TrainingFingerprint(
      program: program, configuration, records: ["train": SplitRecord(shapes)])
  }

  // Paths, devices and threads are each machine's own.
  @Test func whatAMachineHasOfItsOwnIsNoDifference() throws {
    let other = try Self.fingerprint {
      $0.data.paths = ["there/photos", "more"]
      $0.execution.device = "cuda:1"
      $0.execution.threadCount += 1
      $0.execution.loaderThreadCount += 1
      $0.execution.prefetchMemory = 1 << 30
    }
    #expect(try Self.fingerprint().difference(to: other) == nil)
  }

  @Test func theFirstDifferenceIsNamedWithBothValues() throws {
    let own = try Self.fingerprint()
    #expect(
      try own.difference(to: Self.fingerprint(program: "b"))
        == "expected the program of rank 0, a, found another, b")
    #expect(
      try own.difference(to: Self.fingerprint { $0.optimization.seed = 7 })
        == "configuration: optimization.seed: expected 1 as rank 0 has, found 7")
    #expect(
      try own.difference(to: Self.fingerprint { $0.execution.precision = .bfloat16 })
        == "configuration: execution.precision: expected float32 as rank 0 has, found bfloat16")
    let difference = try #require(try own.difference(to: Self.fingerprint(images: 4)))
    #expect(difference.hasPrefix("data: train: expected 3 images with "))
    #expect(difference.contains(" as rank 0 has, found 4 images with "))
  }
}
