import MultiBox

/// Pictures made from a seed, as a layout among the others.
struct ShapesFormat: LabelFormat {
  static let name = "shapes"
  static let title = "made shapes"
  static let hallmark = "shapes:images=…,side=…,seed=…"
  static let canHold: LabelContent = [.splits]

  private let specification: ShapesSpecification

  static func recognize(_ place: DatasetPlace) -> Recognition {
    ShapesSpecification.isMeant(by: place.path) ? .fits : .differs
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    specification = try ShapesSpecification(place.path)
  }

  func splits() -> [String] { ["test", "train", "val"] }

  func content(of split: String, report: inout DatasetReport) -> SplitContent {
    let dataset = specification.dataset(split: split)
    return SplitContent(
      classNames: Array(dataset.classNames),
      images: dataset.images.map { image in
        AnnotatedImage(
          name: image.name, picture: .generated(image.source), annotation: image.name,
          size: PixelSize(width: image.width, height: image.height),
          objects: image.groundTruth.map {
            AnnotatedObject(.number($0.classIndex), .pixels($0.box), place: "", written: "")
          })
      })
  }
}
