import Detectors
import MultiBox
import TrainingInput

/// The sizes and shapes of the objects that are trained on, as a network sees them: the rules
/// behind the defaults of its input and of its default boxes.
///
/// A network sees images squeezed to its square input, or with tiles those.
///
/// - *Input*: ``TrainingConfiguration/Network/defaultImageSide`` pixels, or what
///   ``TrainingDefaults`` has for a start from ImageNet and the images have. Where more than a
///   fifth of the objects are smaller there than 12 pixels, which the smallest default box of
///   `ssd-compact`, of 20, cannot overlap by half, ``largestImageSide``, or what the images have
///   if that is less. A step takes 2.6 times as long as at 320 pixels then, so it must be for many
///   objects. A network with a side of its own keeps it.
/// - *Default boxes*: the network's. Where more than ``mostUncovered`` of the objects reach IoU .5
///   with none of them, those that `DefaultBoxSpecification.adapted(to:using:)` makes of the
///   objects, if these bring at least ``worthwhileGain`` more of them there. A network that
///   torchvision has a class for keeps that class's.
///
/// `ssd-compact`'s leave uncovered: of blood cells (BCCD) .2 %, of playing cards none, of made
/// shapes .1 %; of made boxes 14 to 35 pixels long in the input 2.5 %, two to four times as tall as
/// wide 8 %, as wide as tall 10 %, four to eight times as wide 64 %. `ssdlite320`'s leave 9 % of
/// the blood cells, nearly all platelets. What the other boxes give in AP is not measured.
///
/// Fewer than ``leastObjects`` objects change nothing: up to thirty shapes would be made of them.
public struct TrainingObjects: Sendable {
  /// What the network sees of an image at once.
  private struct View {
    /// The pixels of the image that its larger side shows.
    let largerSide: Int
    /// The objects, in shares of the view.
    let objects: [LabeledBox]
  }

  private let views: [View]
  /// Lengths of objects, √(width · height), as shares of their image's larger side.
  private let lengthsInImages: [Double]
  /// The larger sides of the images, in pixels.
  private let largerSides: [Int]

  /// The number of objects below which nothing is concluded from them.
  public static let leastObjects = 200
  /// The largest side of an input that small objects make the default, in pixels.
  public static let largestImageSide = 512
  /// The share of objects without a default box of IoU .5 from which others are looked for.
  public static let mostUncovered = 0.05
  /// The share of objects that other default boxes must bring to IoU .5 to be taken.
  public static let worthwhileGain = 0.02
  /// The side of tiles that ``areTinyInLargeImages`` suggests, in pixels of the image.
  public static let usualTileSide = 640

  private static let smallLength = 12.0
  private static let manySmall = 0.2
  private static let tinyLength = 0.02
  private static let largeImageSide = 1500
  /// As many tell a share to within half a percent, in a fraction of a second.
  private static let sampleSize = 10_000

  /// Looks at the labels of the training split; of many objects at those of every second, third or
  /// nth image, so that there are about 10,000.
  ///
  /// - Parameters:
  ///   - data: the images that are trained on; none is decoded.
  ///   - tileSide: of the tiles that larger images are shown in, in their pixels; nil shows them
  ///     whole.
  public init(_ data: TrainingData, tileSide: Int? = nil) {
    let images = data.training.images
    let count = images.reduce(0) { $0 + $1.groundTruth.count(where: Self.counts) }
    let step = max((count + Self.sampleSize - 1) / Self.sampleSize, 1)
    let sample = stride(from: 0, to: images.count, by: step).map { images[$0] }
    largerSides = sample.map { max($0.width, $0.height) }
    lengthsInImages = sample.flatMap { image -> [Double] in
      image.groundTruth.filter(Self.counts).map {
        $0.box.area.squareRoot() / Double(max(image.width, image.height))
      }
    }
    views = sample.flatMap { image -> [View] in
      let objects = image.groundTruth.filter(Self.counts)
      guard let tileSide, max(image.width, image.height) > tileSide else {
        return [
          View(
            largerSide: max(image.width, image.height),
            objects: objects.map { $0.normalized(width: image.width, height: image.height) })
        ]
      }
      return Self.tiles(objects, width: image.width, height: image.height, side: tileSide)
    }
  }

  private static func counts(_ labeled: LabeledPixelBox) -> Bool {
    labeled.isLearned && labeled.box.area > 0
  }

  /// Returns the tiles that a detector looks at, each with the objects of which it shows the most.
  private static func tiles(
    _ objects: [LabeledPixelBox], width: Int, height: Int, side: Int
  ) -> [View] {
    let tiles = Tiling(side: side).tiles(width: width, height: height)
    var ofTile = [[LabeledPixelBox]](repeating: [], count: tiles.count)
    for object in objects {
      let best = tiles.indices.max {
        let (a, b) = (
          object.box.intersectionArea(tiles[$0]), object.box.intersectionArea(tiles[$1])
        )
        // The first of equal ones.
        return a < b || (a == b && $0 > $1)
      }
      if let best { ofTile[best].append(object) }
    }
    let sampling = TileSampling(side: side)
    return zip(tiles, ofTile).map { tile, objects in
      let (width, height) = (Int(tile.width), Int(tile.height))
      return View(
        largerSide: max(width, height),
        objects: sampling.labels(objects, in: tile).filter(counts).map {
          $0.normalized(width: width, height: height)
        })
    }
  }

  private var objectCount: Int { views.reduce(0) { $0 + $1.objects.count } }

  /// Returns the side of a network's input that suits images and objects, in pixels.
  ///
  /// - Parameters:
  ///   - preset: the network; its own side is kept.
  ///   - side: what suits objects that are not small, where the images have as many pixels.
  public func imageSide(
    of preset: NetworkPreset, usual side: Int = TrainingConfiguration.Network.defaultImageSide
  ) -> Int {
    if let side = preset.fixedSide { return side }
    // The network takes multiples of 32.
    let pixels = Self.median(views.map(\.largerSide)) / 32 * 32
    let usual = min(side, max(pixels, TrainingConfiguration.Network.defaultImageSide))
    guard objectCount >= Self.leastObjects else { return usual }
    let small = views.lazy.flatMap(\.objects).count {
      ($0.box.width * $0.box.height).squareRoot() * Double(usual) < Self.smallLength
    }
    guard pixels > usual, Double(small) > Self.manySmall * Double(objectCount) else { return usual }
    return min(pixels, Self.largestImageSide)
  }

  /// Returns the default boxes of a network that suit the objects.
  ///
  /// - Parameters:
  ///   - preset: the network.
  ///   - side: of its input in pixels.
  public func defaultBoxes(of preset: NetworkPreset, side: Int) -> DefaultBoxSpecification {
    let own = preset.defaultBoxes(side: side)
    guard !preset.hasTorchvisionNames, let uncovered = uncoveredShare(by: own),
      uncovered > Self.mostUncovered
    else { return own }
    // The seed of multibox default-boxes, which so suggests the same.
    var generator = SeededGenerator(seed: 1)
    let adapted = own.adapted(to: views.map(\.objects), using: &generator)
    guard let left = uncoveredShare(by: adapted), uncovered - left >= Self.worthwhileGain else {
      return own
    }
    return adapted
  }

  /// Returns the share of the objects that reach IoU .5 with no default box; nil where there are
  /// fewer than `count` or none.
  ///
  /// - Parameters:
  ///   - specification: the default boxes.
  ///   - count: the fewest objects that it is said of.
  public func uncoveredShare(
    by specification: DefaultBoxSpecification, ofAtLeast count: Int = leastObjects
  ) -> Double? {
    guard objectCount >= max(1, count) else { return nil }
    let statistics = AssignmentStatistics(
      groundTruth: views.map(\.objects), defaultBoxes: DefaultBoxes(specification),
      threadCount: AvailableProcessors.count)
    let all = statistics.objects.count
    return Double(all - statistics.reachingCount()) / Double(all)
  }

  /// The middle one of the objects' lengths, √(width · height), as a share of the larger side of
  /// its image; 0 without objects.
  public var medianLength: Double { Self.median(lengthsInImages) }

  /// The objects are less than 2 % as long as their images, and these have 1,500 pixels and more: a
  /// training in tiles shows them larger.
  public var areTinyInLargeImages: Bool {
    !lengthsInImages.isEmpty && medianLength < Self.tinyLength
      && Self.median(largerSides) >= Self.largeImageSide
  }

  /// The middle one of `values`, of an even number the larger one; 0 of none.
  private static func median<Value: Comparable & Numeric>(_ values: [Value]) -> Value {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}

extension TrainingConfiguration.Network {
  /// Describes a network of the list with the input and the default boxes that suit the objects, by
  /// the rules of ``TrainingObjects``.
  ///
  /// Weights of another training want the network's usual ones, which the initializer without data
  /// gives.
  ///
  /// - Parameters:
  ///   - preset: the network.
  ///   - data: the images that are trained on.
  ///   - imageSide: in pixels; nil takes what suits. Not used by a network with a fixed side.
  ///   - defaultBoxes: nil takes what suits.
  ///   - tileSide: of the tiles that larger images are shown in; nil shows them whole.
  ///   - isFromImageNet: it starts from a backbone that knows ImageNet.
  public init(
    _ preset: NetworkPreset = .ssdCompact, for data: TrainingData, imageSide: Int? = nil,
    defaultBoxes: DefaultBoxSpecification? = nil, tileSide: Int? = nil, isFromImageNet: Bool = false
  ) {
    let objects = TrainingObjects(data, tileSide: tileSide)
    let defaults = TrainingDefaults(imageCount: data.training.images.count)
    let usual = defaults.imageSide(isFromImageNet: isFromImageNet)
    self.init(preset, imageSide: imageSide ?? objects.imageSide(of: preset, usual: usual))
    self.defaultBoxes = defaultBoxes ?? objects.defaultBoxes(of: preset, side: self.imageSide)
  }
}
