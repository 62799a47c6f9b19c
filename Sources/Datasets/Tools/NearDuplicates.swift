import ImageFiles
import MultiBox
import Synchronization

/// Images that look alike: copies, also when resized, compressed again or a little brighter.
///
/// Each image is reduced to 8 × 8 and 16 × 16 grey values, of mean 0 and length 1, as its
/// perceptual hash. Pairs whose coarse values correlate are compared by the fine ones.
public struct NearDuplicates: Sendable {
  /// A pair of images that look alike.
  public struct Pair: Hashable, Sendable {
    /// The index of the image that comes first.
    public let first: Int
    /// The index of the other.
    public let second: Int
    /// The correlation of their grey values, at most 1.
    public let similarity: Double
  }

  /// The pairs, in the order of their first images.
  public let pairs: [Pair]
  /// For each image the lowest index of those that look like it, directly or by others between.
  public let groups: [Int]

  private static let lowestCoarseSimilarity: Float = 0.95
  private static let lowestSimilarity: Float = 0.98

  /// Looks for pairs among images, on all cores.
  ///
  /// - Parameters:
  ///   - images: of one or several splits.
  ///   - observe: called with the number of images read and of all, from several threads.
  /// - Complexity: O(n²) scalar products of 64 numbers for n images.
  /// - Throws: `ImageError` naming an image that cannot be read.
  public init(
    of images: [DatasetImage], observe: @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws {
    let prints = try Self.fingerprints(images, observe)
    let found = Mutex([Pair]())
    concurrentPerform(count: images.count) { first in
      var own: [Pair] = []
      let print = prints[first]
      for second in first + 1..<max(images.count, first + 1) {
        guard print.coarseSimilarity(to: prints[second]) >= Self.lowestCoarseSimilarity else {
          continue
        }
        let similarity = print.similarity(to: prints[second])
        if similarity >= Self.lowestSimilarity {
          own.append(Pair(first: first, second: second, similarity: Double(similarity)))
        }
      }
      if !own.isEmpty { found.withLock { $0 += own } }
    }
    pairs = found.withLock { $0 }.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
    var groups = Array(images.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while groups[index] != index { index = groups[index] }
      return index
    }
    for pair in pairs {
      let (a, b) = (root(pair.first), root(pair.second))
      groups[max(a, b)] = min(a, b)
    }
    for index in groups.indices { groups[index] = root(index) }
    self.groups = groups
  }

  private static func fingerprints(
    _ images: [DatasetImage], _ observe: @Sendable (Int, Int) -> Void
  ) throws -> [Fingerprint] {
    let results = Mutex(
      (
        prints: [Fingerprint?](repeating: nil, count: images.count), error: (any Error)?.none,
        done: 0
      )
    )
    concurrentPerform(count: images.count) { index in
      guard results.withLock({ $0.error == nil }) else { return }
      let result = Result { Fingerprint(try images[index].pixels()) }
      let done = results.withLock { state in
        switch result {
        case .success(let print): state.prints[index] = print
        case .failure(let error): state.error = state.error ?? error
        }
        state.done += 1
        return state.done
      }
      observe(done, images.count)
    }
    return try results.withLock { state in
      if let error = state.error { throw error }
      return state.prints.compactMap { $0 }
    }
  }

  /// Grey values of an image, of mean 0 and length 1; all 0 for an image of one grey.
  private struct Fingerprint: Sendable {
    private let coarse: SIMD64<Float>
    /// 16 × 16, in four parts.
    private let fine: [SIMD64<Float>]

    init(_ image: RGBImage) {
      coarse = SIMD64(Self.values(image, side: 8))
      let values = Self.values(image, side: 16)
      fine = (0..<4).map { SIMD64(values[$0 * 64..<($0 + 1) * 64]) }
    }

    private static func values(_ image: RGBImage, side: Int) -> [Float] {
      var sums = [Double](repeating: 0, count: side * side)
      for row in 0..<side {
        let rows = range(row, side, image.height)
        for column in 0..<side {
          let columns = range(column, side, image.width)
          var sum = 0
          for y in rows {
            for x in columns {
              let pixel = (y * image.width + x) * 3
              // ITU-R BT.601.
              sum += 299 * Int(image.pixels[pixel]) + 587 * Int(image.pixels[pixel + 1])
              sum += 114 * Int(image.pixels[pixel + 2])
            }
          }
          sums[row * side + column] = Double(sum) / Double(rows.count * columns.count)
        }
      }
      let mean = sums.reduce(0, +) / Double(sums.count)
      let length = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
      return sums.map { length > 0 ? Float(($0 - mean) / length) : 0 }
    }

    /// The pixels of a cell; one at least.
    private static func range(_ cell: Int, _ side: Int, _ extent: Int) -> Range<Int> {
      let start = min(cell * extent / side, extent - 1)
      return start..<max((cell + 1) * extent / side, start + 1)
    }

    func coarseSimilarity(to other: Fingerprint) -> Float { (coarse * other.coarse).sum() }

    func similarity(to other: Fingerprint) -> Float {
      var sum = SIMD64<Float>()
      for index in fine.indices { sum += fine[index] * other.fine[index] }
      return sum.sum()
    }
  }
}
