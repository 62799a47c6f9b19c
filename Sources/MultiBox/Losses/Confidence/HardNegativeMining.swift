/// Chooses which background default boxes of an image are trained on.
///
/// Nearly all default boxes are background; trained on all of them, a network would learn to say
/// nothing else. Of an image with P positives and B default boxes of background the
/// min(max(⌊ratio · P⌋, minimum), B) with the largest confidence loss are kept, ties to the lower
/// index. B is D − P less what is ignored. In the gradient the choice is a constant.
///
/// In a softmax loss of `Float` batches `NegativeCandidates` finds what can be among them first;
/// `FastLossTests` holds the choice against this one.
///
/// - SeeAlso: SSD §2.2, "Hard negative mining".
public struct HardNegativeMining: Hashable, Sendable {
  /// The negatives for each positive, 0 or more; 3 in the paper, infinity for all of the
  /// background.
  public let negativesPerPositive: Double
  /// The least number of negatives of an image, also where it has no object; 0 or more.
  public let minimumNegatives: Int
  /// True counts the confidence loss of positives twice where there are fewer negatives than
  /// wanted.
  ///
  /// That is torchvision's way, and was NVIDIA's until 2019: mining that wants more negatives than
  /// an image has goes on with the positives. Here the lower default-box index goes first; there
  /// the order of equal elements in an unstable sort decides, which depends on the processor,
  /// unless all positives are counted twice.
  public let countsMinedPositivesTwice: Bool

  /// Creates the rule; the paper's by default.
  ///
  /// - Precondition: both numbers are at least 0.
  public init(
    negativesPerPositive: Double = 3, minimumNegatives: Int = 0,
    countsMinedPositivesTwice: Bool = false
  ) {
    precondition(
      negativesPerPositive >= 0 && minimumNegatives >= 0,
      "\(negativesPerPositive) negatives per positive, at least \(minimumNegatives)")
    self.negativesPerPositive = negativesPerPositive
    self.minimumNegatives = minimumNegatives
    self.countsMinedPositivesTwice = countsMinedPositivesTwice
  }

  /// Returns the number of negatives that an image keeps.
  ///
  /// - Parameters:
  ///   - positives: P, the matched default boxes of the image.
  ///   - background: B, the default boxes that may be negatives.
  public func count(positives: Int, background: Int) -> Int {
    min(max(wanted(positives: positives, limit: background), minimumNegatives), background)
  }

  /// Returns the number of positives that count twice, by rising index.
  ///
  /// It is the part of the wanted number that the negatives leave open, if
  /// ``countsMinedPositivesTwice``.
  ///
  /// - Parameters:
  ///   - positives: P, the matched default boxes of the image.
  ///   - negatives: the number of negatives that are kept.
  ///   - defaultBoxes: D.
  public func doubledPositives(_ positives: Int, negatives: Int, defaultBoxes: Int) -> Int {
    guard countsMinedPositivesTwice else { return 0 }
    return min(max(wanted(positives: positives, limit: defaultBoxes) - negatives, 0), positives)
  }

  /// ⌊ratio · P⌋, at most the limit: a huge ratio must not overflow, and an infinite one wants
  /// nothing of an image without positives.
  private func wanted(positives: Int, limit: Int) -> Int {
    guard positives > 0 else { return 0 }
    return Int(min((negativesPerPositive * Double(positives)).rounded(.down), Double(limit)))
  }

  /// Returns the indices of the kept negatives, rising.
  ///
  /// - Parameters:
  ///   - losses: `D` values of the background's confidence loss, −log ĉ^0; those that are excluded
  ///     are not looked at. NaN counts as the largest, so that a network that has gone wrong shows
  ///     in the loss.
  ///   - isExcluded: tells which of the `D` default boxes cannot be negatives: those that are
  ///     matched or ignored.
  ///   - count: as from ``count(positives:background:)``.
  /// - Complexity: O(D) on average.
  public func negatives<Scalar: RealScalar>(
    losses: [Scalar], isExcluded: (Int) -> Bool, count: Int
  ) -> [Int] {
    guard count > 0 else { return [] }
    var keys: [Scalar] = []
    keys.reserveCapacity(losses.count)
    var indices: [Int] = []
    indices.reserveCapacity(losses.count)
    for (index, loss) in losses.enumerated() where !isExcluded(index) {
      keys.append(loss.isNaN ? .infinity : loss)
      indices.append(index)
    }
    guard count < keys.count else { return indices }
    let cut = Self.largest(count, of: keys)
    // All above the cut, and of those that equal it the first ones.
    var equal = count - keys.reduce(0) { $0 + ($1 > cut ? 1 : 0) }
    var result: [Int] = []
    result.reserveCapacity(count)
    for (position, key) in keys.enumerated() {
      if key > cut {
        result.append(indices[position])
      } else if key == cut, equal > 0 {
        result.append(indices[position])
        equal -= 1
      }
    }
    return result
  }

  /// Returns the `rank`-th largest of `values`, counted from 1, by quickselect with a three-way
  /// partition.
  static func largest<Scalar: RealScalar>(_ rank: Int, of values: [Scalar]) -> Scalar {
    var values = values
    var low = 0
    var high = values.count
    let target = rank - 1
    while high - low > 1 {
      // The middle of three: sorted and constant input cost no more than random input.
      let (a, b, c) = (values[low], values[low + (high - low) / 2], values[high - 1])
      let pivot = max(min(a, b), min(max(a, b), c))
      var larger = low
      var position = low
      var smaller = high
      while position < smaller {
        if values[position] > pivot {
          values.swapAt(position, larger)
          larger += 1
          position += 1
        } else if values[position] < pivot {
          smaller -= 1
          values.swapAt(position, smaller)
        } else {
          position += 1
        }
      }
      if target < larger {
        high = larger
      } else if target >= smaller {
        low = smaller
      } else {
        return pivot
      }
    }
    return values[low]
  }
}

extension HardNegativeMining: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case negativesPerPositive, minimumNegatives, countsMinedPositivesTwice
  }

  public init(from decoder: any Decoder) throws {
    self = try Self(decoder.checkedContainer(keyedBy: CodingKeys.self))
  }

  init(_ container: KeyedDecodingContainer<CodingKeys>) throws {
    self.init(
      negativesPerPositive: try container.decodeNotNegative(.negativesPerPositive, default: 3),
      minimumNegatives: try container.decode(
        .minimumNegatives, default: 0, expected: "0 or more"
      ) { $0 >= 0 },
      countsMinedPositivesTwice: try container.decodeIfPresent(
        Bool.self, forKey: .countsMinedPositivesTwice) ?? false)
  }
}
