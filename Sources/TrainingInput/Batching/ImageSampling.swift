import Datasets
import MultiBox

/// How often a pass shows each image.
public enum ImageSampling: String, Hashable, Sendable, Codable, CaseIterable {
  /// Every image once.
  case uniform
  /// Images of rare classes more often than the others: by ``RepeatFactors``.
  case balanced
}

/// How often images of rare classes come, over how often the others do.
///
/// A class that stands in a share f of the images has the factor max(1, √(t / f)), an image the
/// highest of its classes' factors, or 1. The threshold t is the median of f over the classes that
/// the dataset has, so that the rarer half of them gains, whatever the number of images.
///
/// - SeeAlso: Gupta, Dollár and Girshick, LVIS, §B.3 (arXiv:1908.03195), where t is 0.001.
public struct RepeatFactors: Hashable, Sendable {
  /// For each image its factor, from 1.
  public let factors: [Double]

  /// Computes the factors.
  ///
  /// - Parameter dataset: its images; crowds and ignored regions are no objects.
  public init(of dataset: DetectionDataset) {
    let classes = dataset.images.map { image in
      Set(image.groundTruth.lazy.filter(\.isLearned).map(\.classIndex))
    }
    var counts: [Int: Int] = [:]
    for present in classes { for index in present { counts[index, default: 0] += 1 } }
    let sorted = counts.values.sorted()
    guard let highest = sorted.last else {
      factors = classes.map { _ in 1 }
      return
    }
    let middle = sorted.count / 2
    let median =
      sorted.count % 2 == 1
      ? Double(sorted[middle]) : Double(sorted[middle - 1] + sorted[middle]) / 2
    // The number of images cancels out in t / f.
    factors = classes.map { present in
      let rarest = present.lazy.compactMap { counts[$0] }.min() ?? highest
      return max(1, (median / Double(rarest)).squareRoot())
    }
  }

  /// The number of images that come more often than others.
  public var repeatedCount: Int { factors.count { $0 > 1 } }

  /// Returns as many images as there are, each as often as its factor says, up or down to a whole
  /// number; which way, chance decides. An image that comes again follows itself.
  ///
  /// - Parameter images: all, in a random order.
  func sample(_ images: [Int], using generator: inout SeededGenerator) -> [Int] {
    let total = factors.reduce(0, +)
    let start = Double.random(in: 0..<1, using: &generator)
    var sum = 0.0
    var result: [Int] = []
    result.reserveCapacity(images.count)
    for (position, image) in images.enumerated() {
      sum += factors[image]
      // Systematic sampling: points at distance 1 on the line of all factors.
      let end =
        position == images.count - 1
        ? images.count
        : min(Int((sum / total * Double(images.count) + start).rounded(.down)), images.count)
      while result.count < end { result.append(image) }
    }
    return result
  }
}
