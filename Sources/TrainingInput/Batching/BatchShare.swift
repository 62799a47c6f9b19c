/// The part of every batch that one of several processes reads and computes.
///
/// Each has images that follow each other; the first ones have one more where they cannot all have
/// as many.
public struct BatchShare: Hashable, Sendable {
  /// The number of the part, from 0.
  public let index: Int
  /// The number of parts.
  public let count: Int

  /// All of every batch.
  public static let whole = BatchShare(index: 0, count: 1)

  /// Names a part.
  ///
  /// - Parameters:
  ///   - index: its number, from 0.
  ///   - count: the number of parts.
  /// - Precondition: there is a part of that number.
  public init(index: Int, count: Int) {
    precondition((0..<count).contains(index), "part \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// Returns the positions that belong to the part.
  ///
  /// - Parameter imageCount: images of the batch.
  public func range(of imageCount: Int) -> Range<Int> {
    func start(_ index: Int) -> Int {
      index * (imageCount / count) + min(index, imageCount % count)
    }
    return start(index)..<start(index + 1)
  }
}
