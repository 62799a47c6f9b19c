import MultiBox

/// The order in which a pass visits the images, and the images that it has at hand at each place.
///
/// An input of several images takes the others from these: of shards those of its window, which are
/// read at that time anyway, so that the disk goes on from the front to the back. They follow from
/// order and position alone, which all processes of a training have alike.
struct PassOrder: Hashable, Sendable {
  /// Positions in the dataset.
  let images: [Int]
  /// Images that are shuffled together; nil where all are at hand at any time.
  private let window: Int?

  /// - Parameters:
  ///   - images: positions in the dataset, in order.
  ///   - window: images that lie near each other, from the first on; nil for all.
  init(_ images: [Int], window: Int? = nil) {
    precondition(window ?? 1 > 0, "a window of \(window ?? 0) images")
    self.images = images
    self.window = window
  }

  /// The number of windows; one that holds all where none is given.
  var windowCount: Int {
    window.map { max((images.count + $0 - 1) / $0, 1) } ?? 1
  }

  /// The number of the window that a position of the order lies in.
  func window(at position: Int) -> Int { window.map { position / $0 } ?? 0 }

  /// The positions in the order that are at hand in a window.
  ///
  /// The last one may be cut short, to one image even, which alone would be its own company: it
  /// reaches back into the one before, which was just read, until it is whole.
  func positions(atHandIn number: Int) -> Range<Int> {
    guard let window else { return images.indices }
    let end = min((number + 1) * window, images.count)
    return max(end - window, 0)..<end
  }

  /// Draws the position of an image to go with that at a position.
  func companion(of position: Int, using stream: inout SeededGenerator) -> Int {
    Int.random(in: positions(atHandIn: window(at: position)), using: &stream)
  }
}
