import MultiBox

/// A dataset of synthetic pictures: coloured shapes on a textured, noisy ground, made on demand
/// from a seed.
///
/// Written `shapes` or `shapes:images=800,side=160,seed=1,held-out=100`. The split `train` holds
/// `images` pictures, every other split `held-out`, by default an eighth of that; splits of one
/// seed share no picture.
public struct ShapesSpecification: Hashable, Sendable, Codable {
  /// Pictures of the split `train`.
  public var imageCount: Int
  /// Width and height in pixels.
  public var side: Int
  /// The seed of all pictures.
  public var seed: UInt64
  /// Pictures of every split but `train`; nil is an eighth of ``imageCount``, at least one.
  public var heldOutCount: Int?

  /// Creates a dataset of square pictures.
  public init(
    imageCount: Int = 800, side: Int = 160, seed: UInt64 = 1, heldOutCount: Int? = nil
  ) {
    self.imageCount = imageCount
    self.side = side
    self.seed = seed
    self.heldOutCount = heldOutCount
  }

  /// Says whether a path stands for made pictures.
  static func isMeant(by path: String) -> Bool { path == "shapes" || path.hasPrefix("shapes:") }

  /// Parses `shapes:key=value,…`.
  ///
  /// - Parameter text: keys `images` and `held-out` 1…10 000 000, `side` 32…4096 and `seed` from 0,
  ///   each once at most.
  /// - Throws: ``DatasetError/invalidShapes(text:reason:)``.
  public init(_ text: String) throws {
    self.init()
    guard Self.isMeant(by: text) else {
      throw DatasetError.invalidShapes(
        text: text, reason: "expected shapes or shapes:images=…,side=…,seed=…,held-out=…")
    }
    var keys: Set<Substring> = []
    for part in text.dropFirst("shapes:".count).split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, let value = Int(pair[1]) else {
        throw DatasetError.invalidShapes(
          text: text, reason: "\(part): expected a key, = and a whole number")
      }
      guard keys.insert(pair[0]).inserted else {
        throw DatasetError.invalidShapes(text: text, reason: "\(part): \(pair[0]) stands twice")
      }
      switch pair[0] {
      case "images" where Self.counts.contains(value): imageCount = value
      case "side" where (32...4096).contains(value): side = value
      case "seed" where value >= 0: seed = UInt64(value)
      case "held-out" where Self.counts.contains(value): heldOutCount = value
      case "images", "side", "seed", "held-out":
        throw DatasetError.invalidShapes(
          text: text,
          reason: "\(part): out of range (images and held-out \(Self.counts.lowerBound)…"
            + "\(Self.counts.upperBound), side 32…4096, seed from 0)")
      default:
        throw DatasetError.invalidShapes(
          text: text, reason: "\(pair[0]): expected images, side, seed or held-out")
      }
    }
  }

  /// Beyond, the list of the pictures alone would take gigabytes.
  private static let counts = 1...10_000_000

  /// The classes, in alphabetic order.
  public static let classNames = ClassNames(ShapesPicture.Kind.allCases.map(\.rawValue))

  /// Returns the pictures of a split.
  ///
  /// - Parameter split: `train` holds ``imageCount`` pictures, every other name
  ///   ``heldOutCount``.
  public func dataset(split: String) -> DetectionDataset {
    let count = split == "train" ? imageCount : heldOutCount ?? max(imageCount / 8, 1)
    // The split's name chooses the stream (FNV-1a).
    let stream = split.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    let generator = SeededGenerator(seed: seed).split(stream)
    let images = (0..<count).map { index in
      let picture = ShapesPicture(side: side, generator: generator.split(UInt64(index)))
      return DatasetImage(
        name: "\(split)-\(seed)-\(index)", source: .generated { picture.image() }, width: side,
        height: side, groundTruth: picture.groundTruth)
    }
    return DetectionDataset(classNames: Self.classNames, images: images)
  }
}
