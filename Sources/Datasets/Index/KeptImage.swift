import ImageFiles
import MultiBox

/// What is kept of an image until all of its split are read.
///
/// A million are there at once, most of them of one kind: what the others need besides stands
/// elsewhere.
enum KeptImage {
  /// An image with its objects, of which there is nothing to tell.
  case plain(DatasetImage)
  /// Any other, also one that is left out.
  indirect case told(LocatedImage)

  init(_ located: LocatedImage) {
    if let image = located.plain { self = .plain(image) } else { self = .told(located) }
  }

  /// Nothing, in the place of an image that was taken.
  static let none = KeptImage.told(LocatedImage())

  /// What there is besides the image; nil where nothing is.
  var told: LocatedImage? {
    if case .told(let located) = self { located } else { nil }
  }

  /// Says that neither reading the annotation nor finding the picture left it out.
  var isThere: Bool { told?.isThere ?? true }

  /// As of ``LocatedImage/source``.
  var source: DatasetImage.Source? {
    switch self {
    case .plain(let image): image.source
    case .told(let located): located.source
    }
  }

  /// As of ``LocatedImage/size``.
  var size: PixelSize? {
    switch self {
    case .plain(let image): PixelSize(width: image.width, height: image.height)
    case .told(let located): located.size
    }
  }

  /// As of ``LocatedImage/likeness``.
  var likeness: ImageFinder.Likeness { told?.likeness ?? .all }

  /// As of ``LocatedImage/orientation``.
  var orientation: EXIFOrientation { told?.orientation ?? .upright }

  /// As of ``LocatedImage/isOfObjects``.
  var isOfObjects: Bool {
    switch self {
    case .plain(let image): !image.groundTruth.isEmpty
    case .told(let located): located.isOfObjects
    }
  }

  /// Says that an annotation says that nobody labelled the image.
  var isUnlabeled: Bool {
    switch self {
    case .plain(let image): image.isUnlabeled
    case .told(let located): located.annotated?.isUnlabeled ?? false
    }
  }
}
