import MultiBox
import Synchronization

/// What the splits of a place say of its pictures: an annotation whose picture is gone must not get
/// one of the same name that another annotation means, also one of another split.
final class PictureClaims: Sendable {
  private let reader: any LabelFormat
  private let finder: ImageFinder
  private let known = Mutex([String: [String: ImageFinder.Likeness]]())

  /// - Parameters:
  ///   - reader: says which images each split names.
  ///   - finder: finds them.
  init(_ reader: any LabelFormat, finder: ImageFinder) {
    self.reader = reader
    self.finder = finder
  }

  /// The pictures that the splits besides one name, each with its best likeness.
  ///
  /// The labels of all of them are read for it: ask where it matters.
  func pictures(besides split: String) throws -> [String: ImageFinder.Likeness] {
    try reader.splits().filter { $0 != split }.reduce(into: [:]) { result, other in
      result.merge(try pictures(of: other), uniquingKeysWith: max)
    }
  }

  /// The pictures that a seed put into a split that comes before: of one picture with two
  /// annotations it may put one into each, and what is trained on would be measured.
  func picturesOfEarlierSeededSplits(than split: String) throws -> Set<String> {
    guard split == "test", try reader.seededSplit() != nil else { return [] }
    return try Set(pictures(of: "train").keys)
  }

  private func pictures(of split: String) throws -> [String: ImageFinder.Likeness] {
    if let found = known.withLock({ $0[split] }) { return found }
    let listed = try reader.listedImages(of: split) ?? []
    let threadCount = AvailableProcessors.count
    let found = concurrentMap(count: listed.count, threadCount: threadCount) {
      finder.picture(of: listed[$0])
    }
    var result: [String: ImageFinder.Likeness] = [:]
    for case let found? in found {
      result[found.path] = max(result[found.path] ?? .name, found.likeness)
    }
    known.withLock { [result] in $0[split] = result }
    return result
  }
}
