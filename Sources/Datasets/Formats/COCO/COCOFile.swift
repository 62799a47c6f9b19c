import Files
import MultiBox

/// Ground truth in COCO's JSON, for the measures.
public struct COCOFile: Sendable {
  /// Names of the classes, by rising category id.
  public let classNames: ClassNames
  /// Sentences about what the file does not say as COCO does, such as annotations without a bbox.
  public let notes: [String]
  /// The number of objects in all images.
  public var objectCount: Int { objects.reduce(0) { $0 + $1.count } }
  /// The names of the images' files, by rising id; the id where a file names none.
  public let imageNames: [String]
  /// Width and height of the images in pixels, by rising id, where the file says them.
  package let imageSizes: [(width: Int, height: Int)?]
  /// By rising id, as the objects.
  let images: [COCOIdentifier]
  package let objects: [[EvaluationObject]]
  let classes: [COCOIdentifier: Int]

  /// Reads a ground-truth file.
  ///
  /// An annotation without a bbox has the upright box of its segment; one without either is left
  /// out. The notes count both.
  ///
  /// - Parameter path: of an instances JSON.
  /// - Throws: `FileError` that names file, place, expected and found.
  public init(groundTruth path: String) throws {
    let content = try COCOContent(path, refusesMalformedBoxes: true)
    if let key = content.missingLists.first {
      throw FileError(path: path, reason: "\(key): missing")
    }
    let (names, ofCategories) = content.classes()
    let ids = content.images.map(content.imageID)
    let order = ids.indices.sorted { ids[$0] < ids[$1] }
    var ranks = [Int](repeating: 0, count: order.count)
    for (rank, image) in order.enumerated() { ranks[image] = rank }
    var objects = [[EvaluationObject]](repeating: [], count: order.count)
    var fromSegment = 0
    var withoutBox = 0
    for (index, annotation) in content.annotations.enumerated() {
      func fail(_ reason: String) -> FileError {
        FileError(path: path, reason: "annotations[\(index)].\(reason)")
      }
      guard let image = content.imageIndex(of: annotation) else {
        throw fail("image_id: no image of id \(content.imageID(of: annotation))")
      }
      guard let classIndex = content.categoryIndex(of: annotation).flatMap({ ofCategories[$0] })
      else {
        throw fail("category_id: no category of id \(content.categoryID(of: annotation))")
      }
      guard let box = annotation.box else {
        withoutBox += 1
        continue
      }
      if annotation.boxSource == .segment { fromSegment += 1 }
      let boxArea = annotation.sides.area
      objects[ranks[image]].append(
        EvaluationObject(
          box: box, classIndex: classIndex, area: annotation.area ?? boxArea,
          boxArea: boxArea, isCrowd: annotation.isCrowd, isDifficult: annotation.isDifficult))
    }
    classNames = names
    images = order.map { ids[$0] }
    imageNames = order.map { content.images[$0].fileName ?? "\(ids[$0])" }
    imageSizes = order.map { index in
      let image = content.images[index]
      guard let width = image.width, let height = image.height else { return nil }
      return (width, height)
    }
    self.objects = objects
    classes = Dictionary(
      uniqueKeysWithValues: zip(content.categories.map(\.id), ofCategories.compactMap(\.self)))
    let all = "of \(content.annotations.count) annotations"
    notes = [
      fromSegment == 0
        ? nil : "\(path): \(fromSegment) \(all) have no bbox: the box of their segment is taken",
      withoutBox == 0
        ? nil : "\(path): \(withoutBox) \(all) have neither bbox nor segment: left out",
    ].compactMap(\.self)
  }
}
