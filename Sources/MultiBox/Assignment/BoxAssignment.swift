/// The targets of the default boxes of one image: matching ends in them and the loss begins with
/// them.
///
/// A default box learns an object, the background, or nothing. Most learn the background, so only
/// the others are kept, by rising index.
///
/// - SeeAlso: ``BoxAssigner``, which makes one; SSD §2.2, where this is x_ij.
public struct BoxAssignment: Hashable, Sendable {
  /// A default box and the object that it learns.
  public struct Match: Hashable, Sendable {
    /// i, the default box, 0..<D.
    public var defaultBox: Int
    /// j, the object, 0..<G.
    public var object: Int
    /// The quality of the match, 0…1, for the confidence terms that learn it; 1 where the rule has
    /// no measure of its own.
    public var quality: Double

    /// Creates a match.
    @inlinable
    public init(defaultBox: Int, object: Int, quality: Double = 1) {
      self.defaultBox = defaultBox
      self.object = object
      self.quality = quality
    }
  }

  /// The target of one default box.
  public enum Target: Hashable, Sendable {
    /// The background.
    case background
    /// Neither object nor background: it adds nothing to the loss.
    case ignored
    /// An object, by its position among the `G`, and the quality of the match, 0…1.
    case object(Int, quality: Double)
  }

  /// D, the number of default boxes.
  public let defaultBoxCount: Int
  /// The positives by rising default box; their number is P.
  public let matches: [Match]
  /// The default boxes that learn nothing, rising.
  public let ignored: [Int]
  /// For each of the `G` objects the default box that it owns, whatever their IoU; nil where the
  /// rule gives it none.
  public let ownedDefaultBoxes: [Int?]
  /// True for a rule that measures quality.
  ///
  /// If it is false, terms that learn quality take the IoU of the predicted box with the object.
  public let hasQualities: Bool

  /// Creates an assignment; default boxes in neither list learn the background.
  ///
  /// - Parameters:
  ///   - defaultBoxCount: D.
  ///   - matches: in any order, each default box once.
  ///   - ignored: in any order; those that are matched are left out.
  ///   - ownedDefaultBoxes: one for each object.
  ///   - hasQualities: true where the qualities of the matches are measured.
  /// - Precondition: default boxes are in 0..<`defaultBoxCount`, matched once, objects in 0..<G,
  ///   qualities in 0…1.
  public init(
    defaultBoxCount: Int, matches: [Match], ignored: [Int] = [], ownedDefaultBoxes: [Int?],
    hasQualities: Bool = false
  ) {
    let boxes = 0..<defaultBoxCount
    let sorted = matches.sorted { $0.defaultBox < $1.defaultBox }
    for (position, match) in sorted.enumerated() {
      precondition(
        boxes.contains(match.defaultBox) && ownedDefaultBoxes.indices.contains(match.object)
          && match.quality >= 0 && match.quality <= 1,
        "\(match) of \(defaultBoxCount) default boxes and \(ownedDefaultBoxes.count) objects")
      precondition(
        position == 0 || sorted[position - 1].defaultBox < match.defaultBox,
        "default box \(match.defaultBox) is matched twice")
    }
    for index in ownedDefaultBoxes {
      precondition(
        index.map(boxes.contains) ?? true,
        "an owned default box outside of \(boxes): \(ownedDefaultBoxes)")
    }
    self.defaultBoxCount = defaultBoxCount
    self.matches = sorted
    self.ownedDefaultBoxes = ownedDefaultBoxes
    self.hasQualities = hasQualities
    if ignored.isEmpty {
      self.ignored = []
    } else {
      let matched = Set(matches.map(\.defaultBox))
      self.ignored = Set(ignored).subtracting(matched).sorted()
      precondition(self.ignored.allSatisfy(boxes.contains), "ignored outside of \(boxes)")
    }
  }

  /// P, this image's part of N.
  public var positiveCount: Int { matches.count }

  /// B, the default boxes of this image that learn the background.
  public var backgroundCount: Int { defaultBoxCount - matches.count - ignored.count }

  /// Returns the target of `defaultBox`, 0..<D.
  ///
  /// - Complexity: O(log P).
  public subscript(defaultBox: Int) -> Target {
    precondition(
      defaultBox >= 0 && defaultBox < defaultBoxCount,
      "default box \(defaultBox) of \(defaultBoxCount)")
    if let match = match(of: defaultBox) { return .object(match.object, quality: match.quality) }
    let position = Self.position(of: defaultBox, count: ignored.count) { ignored[$0] }
    return position < ignored.count && ignored[position] == defaultBox ? .ignored : .background
  }

  /// The targets of all `D` default boxes.
  public var targets: [Target] {
    var result = [Target](repeating: .background, count: defaultBoxCount)
    for index in ignored { result[index] = .ignored }
    for match in matches {
      result[match.defaultBox] = .object(match.object, quality: match.quality)
    }
    return result
  }

  /// Returns true if an object owns `defaultBox`: it was not given for its overlap alone.
  public func isOwned(_ defaultBox: Int) -> Bool {
    match(of: defaultBox).map { ownedDefaultBoxes[$0.object] == defaultBox } ?? false
  }

  private func match(of defaultBox: Int) -> Match? {
    let position = Self.position(of: defaultBox, count: matches.count) { matches[$0].defaultBox }
    return position < matches.count && matches[position].defaultBox == defaultBox
      ? matches[position] : nil
  }

  /// The first position whose key is not below `key`, by halving.
  private static func position(of key: Int, count: Int, _ keyAt: (Int) -> Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if keyAt(middle) < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension BoxAssignment {
  /// Returns the same for all objects of an image, of which only some were assigned.
  ///
  /// - Parameter positions: for each object here its position among `count`.
  func spread(to positions: [Int], of count: Int) -> BoxAssignment {
    guard positions.count < count else { return self }
    var owned = [Int?](repeating: nil, count: count)
    for (object, position) in positions.enumerated() {
      owned[position] = ownedDefaultBoxes[object]
    }
    return BoxAssignment(
      defaultBoxCount: defaultBoxCount,
      matches: matches.map {
        Match(defaultBox: $0.defaultBox, object: positions[$0.object], quality: $0.quality)
      }, ignored: ignored, ownedDefaultBoxes: owned, hasQualities: hasQualities)
  }

  /// Returns the same with more default boxes ignored, unless they are matched.
  func ignoring(_ more: [Int]) -> BoxAssignment {
    guard !more.isEmpty else { return self }
    return BoxAssignment(
      defaultBoxCount: defaultBoxCount, matches: matches, ignored: ignored + more,
      ownedDefaultBoxes: ownedDefaultBoxes, hasQualities: hasQualities)
  }
}
