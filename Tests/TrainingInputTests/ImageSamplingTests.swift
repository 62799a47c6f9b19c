import Datasets
import ImageFiles
import MultiBox
import NetworkInput
import TestSupport
import Testing

@testable import TrainingInput

struct ImageSamplingTests {
  /// Images with these classes; classes below 0 are crowds of the class above.
  private func dataset(_ classes: [[Int]]) -> DetectionDataset {
    DetectionDataset(
      classNames: ["a", "b", "c"],
      images: classes.enumerated().map { number, present in
        DatasetImage(
          name: "\(number)",
          source: .generated {
            RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 9, count: 192))
          }, width: 8, height: 8,
          groundTruth: present.map {
            LabeledPixelBox(
              box: PixelBox(xMin: 1, yMin: 1, xMax: 7, yMax: 7), classIndex: abs($0),
              isCrowd: $0 < 0)
          })
      })
  }

  // By hand: a in 16 images, b in 4, c in 1 of 16, the median 4: factors 1, 1 and √4 = 2. The crowd
  // of c counts for nothing, nor do two of one class in an image.
  private var rare: DetectionDataset {
    dataset(
      [[1, 3], [1, 2, 2], [1, 2], [1, 2], [1, 2, -3]] + .init(repeating: [1], count: 11))
  }

  @Test func factorsAreThoseOfTheRarestClass() {
    let factors = RepeatFactors(of: rare)
    #expect(factors.factors == [2] + [Double](repeating: 1, count: 15))
    #expect(factors.repeatedCount == 1)
    // Two classes, in 9 images and in 1: the median is 5, the factor √5.
    let two = RepeatFactors(of: dataset(.init(repeating: [1], count: 8) + [[1, 2], []]))
    #expect(two.factors == [Double](repeating: 1, count: 8) + [Double(5).squareRoot(), 1])
  }

  @Test func equalClassesAndNoObjectsRepeatNothing() {
    #expect(RepeatFactors(of: dataset([[1], [2], [3]])).repeatedCount == 0)
    #expect(RepeatFactors(of: dataset([[], [-1]])).factors == [1, 1])
    #expect(RepeatFactors(of: dataset([])).factors == [])
  }

  private func configuration(
    epoch: Int, sampling: ImageSampling = .balanced, policy: AugmentationPolicy = .none
  ) -> BatchLoader.Configuration {
    BatchLoader.Configuration(
      batchSize: 16, input: InputSpecification(width: 8, height: 8, normalization: .unitRange),
      augmentation: policy, seed: 4, epoch: epoch, shuffles: true, sampling: sampling,
      dropsLast: true)
  }

  // 16 · 2 / 17 = 1.88 times an epoch, the others .94 times; the deviation of 2000 epochs is .007.
  @Test func anEpochHasAsManyImagesAndTheRareOneMoreOften() {
    let epochs = (0..<2000).map { configuration(epoch: $0).order(of: rare) }
    #expect(epochs.allSatisfy { $0.count == 16 })
    func mean(_ image: Int) -> Double {
      Double(epochs.reduce(0) { $0 + $1.count { $0 == image } }) / 2000
    }
    #expect(abs(mean(0) - 32.0 / 17) < 0.03)
    for image in 1..<16 { #expect(abs(mean(image) - 16.0 / 17) < 0.03) }
    #expect(epochs.allSatisfy { (1...2).contains($0.count { $0 == 0 }) })
    #expect(Set(epochs).count == 2000)
    #expect(configuration(epoch: 7).order(of: rare) == epochs[7])
  }

  @Test func anImageThatComesAgainIsDrawnAnew() throws {
    var epoch = 0
    while configuration(epoch: epoch).order(of: rare).count(where: { $0 == 0 }) < 2 { epoch += 1 }
    let policy = AugmentationPolicy(photometric: PhotometricDistortion(probability: 1))
    func batch(_ sampling: ImageSampling) throws -> Batch {
      try #require(
        try BatchLoader(
          dataset: rare, cache: ImageCache(),
          configuration: configuration(epoch: epoch, sampling: sampling, policy: policy)
        ).next())
    }
    let balanced = try batch(.balanced)
    func inputs(_ batch: Batch) -> [ArraySlice<Float>] {
      batch.indices.indices.filter { batch.indices[$0] == 0 }.map {
        batch.pixels[$0 * 192..<($0 + 1) * 192]
      }
    }
    let found = inputs(balanced)
    #expect(found.count == 2 && Array(found[0]) != Array(found[1]))
    // The first time is that of a pass that shows each image once.
    let once = inputs(try batch(.uniform))
    #expect(once.count == 1 && Array(once[0]) == Array(found[0]))
  }
}
