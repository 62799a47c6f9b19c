import Files
import MultiBox

/// The objects of one COCO file, by its images.
struct COCOLabels: Sendable {
  /// The names of its classes, two of one name told apart by their order.
  let names: ClassNames
  /// Without annotations, as COCO's own lists of test images: a split of images.
  private let isUnlabeled: Bool
  private let file: String
  private let content: COCOContent
  private let classes: [Int?]
  private let ofImage: GroupedIndices
  /// The boxes are in shares of their images, as some programs write them, and not in pixels.
  private let areShares: Bool
  /// The areas are in shares, too: none is larger than an image.
  private let areAreasShares: Bool

  /// - Parameters:
  ///   - source: the file.
  ///   - isFirst: tells what concerns the file as a whole.
  ///   - report: takes that.
  /// - Throws: `FileError` for a file without one of its lists.
  init(_ source: COCOSplits.Source, isFirst: Bool, report: inout DatasetReport) throws {
    let (file, content) = (source.file, source.content)
    isUnlabeled = content.missingLists == ["annotations"]
    if let key = content.missingLists.first, !isUnlabeled {
      throw FileError(path: file, reason: "\(key): missing")
    }
    (names, classes) = content.classes(namedOnly: true)
    if isFirst {
      for (index, category) in content.categories.enumerated() where category.name.isBlank {
        report.add(
          .unreadableAnnotation, file, "categories[\(index)].name: expected a name, found none")
      }
      for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
        report.add(.disagreement, file, "categories: \(name) stands there twice: two classes")
      }
    }
    for (index, annotation) in content.annotations.enumerated() {
      if isFirst, content.imageIndex(of: annotation) == nil {
        report.add(
          .objectWithoutImage, file,
          "annotations[\(index)].image_id: no image of id \(content.imageID(of: annotation))")
      }
    }
    ofImage = GroupedIndices(
      content.annotations.lazy.map(content.imageIndex(of:)), count: content.images.count)
    areShares = Self.areShares(content.annotations)
    areAreasShares =
      areShares && content.annotations.allSatisfy { $0.area ?? 0 <= Self.mostOfShares }
    self.file = file
    self.content = content
  }

  /// Sums and products of shares may be rounded.
  private static let mostOfShares = 1.001

  /// Says whether all boxes lie within 0…1, and not all on its border: no object is so small. Of
  /// pixels the first box says it.
  private static func areShares(_ annotations: [COCOContent.Annotation]) -> Bool {
    var hasFraction = false
    for box in annotations.lazy.compactMap(\.box) {
      guard box.xMin >= 0, box.yMin >= 0, box.xMax <= mostOfShares, box.yMax <= mostOfShares else {
        return false
      }
      if box.width > 0, box.height > 0, box.width < 1 || box.height < 1 { hasFraction = true }
    }
    return hasFraction
  }

  /// An image with its objects; nil, with problems, for one that is left out.
  ///
  /// - Parameters:
  ///   - number: of the image in the file.
  ///   - image: without its objects.
  ///   - report: takes what is left out.
  func image(
    _ number: Int, as image: AnnotatedImage, report: inout DatasetReport
  ) -> AnnotatedImage? {
    var image = image
    guard !image.name.isEmpty else {
      report.add(.missingFile, file, "images[\(number)]: expected a file_name, found none")
      return nil
    }
    image.isUnlabeled = isUnlabeled
    // Not understood, and so not taken for an image without the object.
    var isUnderstood = true
    for position in ofImage[number] {
      if let reason = content.malformedBoxes[position] {
        report.add(.unreadableAnnotation, file, "annotations[\(position)].bbox: \(reason)")
        isUnderstood = false
      } else if let category = content.categoryIndex(of: content.annotations[position]),
        classes[category] == nil
      {
        report.add(
          .unreadableAnnotation, file,
          "annotations[\(position)].category_id: expected a category with a name, found id"
            + " \(content.categories[category].id) without one")
        isUnderstood = false
      }
    }
    guard isUnderstood else { return nil }
    let size = image.size
    image.objects = ofImage[number].compactMap { object($0, size: size, report: &report) }
    return image
  }

  private func object(
    _ position: Int, size: PixelSize?, report: inout DatasetReport
  ) -> AnnotatedObject? {
    let annotation = content.annotations[position]
    let place = "annotations[\(position)]"
    guard let own = content.categoryIndex(of: annotation).flatMap({ classes[$0] }) else {
      report.add(
        .unknownName, file,
        "\(place): expected one of \(names.listed),"
          + " found category_id \(content.categoryID(of: annotation))")
      return nil
    }
    guard let box = annotation.box else {
      report.add(
        .boxWithoutArea, file,
        "\(place).bbox: missing, and no polygons or mask to take it from")
      return nil
    }
    if annotation.boxSource == .segment { report.add(.polygon) }
    if areShares { report.add(.sharesOfImage) }
    var object = AnnotatedObject(
      .number(own),
      areShares
        ? .shares(Box(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax))
        : .pixels(box), place: place, written: "bbox \(annotation.sides)")
    object.isDifficult = annotation.isDifficult
    object.isCrowd = annotation.isCrowd
    guard !areShares else {
      if areAreasShares, let size {
        object.area = annotation.area.map { $0 * Double(size.width) * Double(size.height) }
      }
      return object
    }
    object.area = annotation.area
    guard let degrees = content.rotations[position], let turned = box.turned(degrees: degrees)
    else {
      object.boxArea = annotation.sides.area
      return object
    }
    report.add(.turnedBox)
    object.shape = .pixels(turned)
    object.written += " turned by \(degrees)°"
    return object
  }
}
