import Datasets
import MultiBox

/// The order in which a pass visits the images of large files that hold many each, as shards.
///
/// A disk gives neighbours fast and single images of anywhere slowly. So runs of
/// ``runLength`` neighbours are shuffled, and then the images within each ``window`` that these
/// runs make, one behind the other: eight runs, of any files, are read at a time, each nearly from
/// its front to its back. The whole order follows from the seed, and a pass goes on at any position
/// without the images before it. An input of several images (``Mosaic``, ``Mixup``, ``CopyPaste``)
/// takes the others from the same window, whose bytes are at hand.
public struct ShardedOrder: Hashable, Sendable {
  /// Images that are shuffled together: photographs of 100 kB are 800 MB, which the system keeps
  /// in memory on the way.
  public static let window = 8192
  /// Neighbours that stay in one window, or in two.
  public static let runLength = 1024

  private let runs: [Range<Int>]
  /// Images that are shuffled together.
  let window: Int

  /// Looks where images lie; nil where any image has a file of its own or is made, and for so few
  /// that a window has them all: these are shuffled at large.
  ///
  /// - Parameter dataset: the images, in the order of the files.
  public init?(of dataset: DetectionDataset) {
    self.init(of: dataset, window: Self.window, runLength: Self.runLength)
  }

  /// - Parameters:
  ///   - dataset: the images.
  ///   - window: images that are shuffled together.
  ///   - runLength: neighbours that are kept together before that.
  init?(of dataset: DetectionDataset, window: Int, runLength: Int) {
    guard dataset.images.count > window else { return nil }
    var runs: [Range<Int>] = []
    var path: String?
    for (index, image) in dataset.images.enumerated() {
      guard case .embedded(let part) = image.source else { return nil }
      if let last = runs.last, part.path == path, last.count < runLength {
        runs[runs.count - 1] = last.lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
      path = part.path
    }
    self.runs = runs
    self.window = window
  }

  /// The positions of all images, runs of neighbours in a random order.
  func images(using generator: inout SeededGenerator) -> [Int] {
    runs.shuffled(using: &generator).flatMap(\.self)
  }

  /// Shuffles images within each window.
  ///
  /// - Parameter images: in an order in which near ones are read fast.
  func shuffled(_ images: [Int], using generator: inout SeededGenerator) -> [Int] {
    stride(from: 0, to: images.count, by: window).flatMap { start in
      images[start..<min(start + window, images.count)].shuffled(using: &generator)
    }
  }
}
