import MultiBox

/// A seeded division of images into parts, each with its share of every class.
///
/// The images of the rarest class are dealt out first, each to the part that lacks most of that
/// class; images without objects at last (iterative stratification: Sechidis, Tsoumakas and
/// Vlahavas, ECML PKDD 2011, algorithm 1). Images of one group stay together. No part is empty
/// where there are as many groups as parts.
public struct StratifiedSplit: Hashable, Sendable {
  /// For each image the number of its part, from 0.
  public let parts: [Int]

  /// Divides images.
  ///
  /// - Parameters:
  ///   - dataset: the images.
  ///   - shares: of the parts, above 0; only their ratios count.
  ///   - groups: for each image a number; images of one number, as near duplicates, go to one part.
  ///     Nil lets each image go alone.
  ///   - seed: decides between equals.
  /// - Precondition: `shares` are above 0 and finite; `groups` has a number for each image.
  public init(_ dataset: DetectionDataset, shares: [Double], groups: [Int]? = nil, seed: UInt64) {
    precondition(
      !shares.isEmpty && shares.allSatisfy { $0 > 0 && $0.isFinite },
      "expected shares above 0, found \(shares)")
    precondition(
      groups?.count ?? dataset.images.count == dataset.images.count,
      "expected a group for each of \(dataset.images.count) images, found \(groups?.count ?? 0)")
    var generator = SeededGenerator(seed: seed)
    let groups = groups ?? Array(dataset.images.indices)
    let grouped: [Int: [Int]] = Dictionary(grouping: dataset.images.indices) { groups[$0] }
    let members = grouped.values.sorted { $0[0] < $1[0] }.shuffled(using: &generator)
    let classCount = dataset.classNames.count
    // Objects of each class in each group, and images as one more.
    let counts = members.map { group in
      var counts = [Int](repeating: 0, count: classCount + 1)
      for image in group {
        counts[classCount] += 1
        for labeled in dataset.images[image].countedObjects {
          counts[labeled.classIndex - 1] += 1
        }
      }
      return counts
    }
    let total = shares.reduce(0, +)
    var totals = [Int](repeating: 0, count: classCount + 1)
    for group in counts { for (label, count) in group.enumerated() { totals[label] += count } }
    var wanted = shares.map { share in totals.map { Double($0) * share / total } }
    var left = totals
    var partOfGroup = [Int?](repeating: nil, count: members.count)

    func deal(_ group: Int, by label: Int) {
      // Most of the label is lacking, then most images; then the seed decides.
      var best: [Int] = []
      var key = (-Double.infinity, -Double.infinity)
      for part in shares.indices {
        let candidate = (wanted[part][label], wanted[part][classCount])
        if candidate > key {
          key = candidate
          best = [part]
        } else if candidate == key {
          best.append(part)
        }
      }
      let part = best.randomElement(using: &generator) ?? 0
      partOfGroup[group] = part
      for (label, count) in counts[group].enumerated() {
        wanted[part][label] -= Double(count)
        left[label] -= count
      }
    }

    while let rarest = (0..<classCount).filter({ left[$0] > 0 }).min(by: { left[$0] < left[$1] }) {
      // Those with most of it first: they fit into few places.
      let having = members.indices.filter { partOfGroup[$0] == nil && counts[$0][rarest] > 0 }
        .sorted { counts[$0][rarest] > counts[$1][rarest] }
      for group in having { deal(group, by: rarest) }
      if having.isEmpty { break }
    }
    for group in members.indices where partOfGroup[group] == nil { deal(group, by: classCount) }
    Self.fill(&partOfGroup, sizes: members.map(\.count), partCount: shares.count)
    var parts = [Int](repeating: 0, count: dataset.images.count)
    for (group, members) in members.enumerated() {
      for image in members { parts[image] = partOfGroup[group] ?? 0 }
    }
    self.parts = parts
  }

  /// Gives each empty part the smallest group of the part that has most, where that keeps another.
  private static func fill(_ partOfGroup: inout [Int?], sizes: [Int], partCount: Int) {
    for empty in 0..<partCount where !partOfGroup.contains(empty) {
      let groups = Dictionary(grouping: partOfGroup.indices) { partOfGroup[$0] ?? 0 }
      guard
        let most = groups.values.max(by: { ($0.count, $1[0]) < ($1.count, $0[0]) }),
        most.count > 1, let smallest = most.min(by: { sizes[$0] < sizes[$1] })
      else { return }
      partOfGroup[smallest] = empty
    }
  }
}
