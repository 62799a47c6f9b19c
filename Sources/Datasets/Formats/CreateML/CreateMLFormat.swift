import Files
import Foundation
import MultiBox

/// Create ML's JSON: a list of images, each with labels and boxes by their centre, in pixels from
/// the upper left corner.
///
/// | files | split |
/// | --- | --- |
/// | `SPLIT/_annotations.createml.json`, images beside it | SPLIT |
/// | `SPLIT.json`, `annotations_SPLIT.json` | SPLIT |
/// | `annotations.json` with images in folders `SPLIT` | SPLIT |
/// | `annotations.json` | by a seed |
///
/// Files whose numbers are all from 0 to 1 are of the unit that Create ML calls normalized.
struct CreateMLFormat: JSONLabelFormat {
  static let name = "createml"
  static let title = "Create ML"
  static let hallmark = "JSON with a list of images and their annotations"
  static let canHold: LabelContent = [.splits, .emptyImages]

  let entries: LabelEntries

  /// Label Studio's tasks may have the same keys, besides others.
  static func isMeant(_ outline: JSONOutline) -> Bool {
    func has(_ names: [String]) -> Bool { names.contains { outline.has($0) } }
    return outline.isList && has(["image", "imagefilename"]) && has(["annotations", "annotation"])
      && !has(["data", "annotation_id", "completion_id"])
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    let entries = try JSONLabels.files(of: place, Self.isMeant).flatMap {
      try Self.entries($0, in: place.folder)
    }
    self.entries = LabelEntries(entries, of: place, options: options)
  }

  private static func entries(
    _ name: String, in folder: String
  ) throws -> [LabelEntries.Entry] {
    let file = "\(folder)/\(name)"
    let images = try JSONFile.decode([Understood<CreateMLImage>].self, file)
    let isNormalized = isNormalized(images.compactMap { try? $0.value.get() })
    return images.enumerated().map { index, image in
      LabelEntries.Entry(
        labelFile: name, picture: (try? image.value.get().image) ?? image.picture ?? ""
      ) { report in
        switch image.value {
        case .failure(let error):
          report.add(.unreadableAnnotation, file, error.reason)
          return nil
        case .success(let image):
          if let unnamed = image.annotations.firstIndex(where: { $0.label.isBlank }) {
            report.add(
              .unreadableAnnotation, file,
              "[\(index)].annotations[\(unnamed)].label: expected a class, found none")
            return nil
          }
          return AnnotatedImage(image, place: "[\(index)]", file: file, isNormalized: isNormalized)
        }
      }
    }
  }

  /// A box of one pixel in the first corner has numbers from 0 to 1 as well; one below a pixel is
  /// no label.
  private static func isNormalized(_ images: [CreateMLImage]) -> Bool {
    let all = images.lazy.flatMap(\.annotations).map(\.coordinates)
    return all.allSatisfy { max($0.x, $0.y, $0.width, $0.height) <= 1 }
      && all.contains { $0.width < 1 || $0.height < 1 }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder
    private var images: [CreateMLImage] = []

    init(folder: OutputFolder) { self.folder = folder }

    func imageFolder(split: String) -> String { split }

    /// A folder beside others is a split whatever its name; one alone is taken for the dataset's.
    func lostSplits(of splits: [String]) -> [String] {
      splits.count == 1 ? SplitFolders.lost(of: splits) : []
    }

    mutating func add(
      _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
    ) {
      images.append(
        CreateMLImage(
          image: fileName,
          annotations: image.groundTruth.map { labeled in
            let box = labeled.box
            return CreateMLImage.Annotation(
              label: classNames[labeled.classIndex],
              coordinates: CreateMLImage.Coordinates(
                CenterBox(
                  Box(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax))))
          }))
    }

    mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
      try folder.write(json: images, to: "\(split)/_annotations.createml.json")
      images = []
    }
  }
}

extension AnnotatedImage {
  fileprivate init(_ image: CreateMLImage, place: String, file: String, isNormalized: Bool) {
    let objects = image.annotations.enumerated().map { index, annotation in
      let sides = annotation.coordinates
      let box = sides.corners
      return AnnotatedObject(
        .name(annotation.label),
        isNormalized
          ? .shares(box)
          : .pixels(PixelBox(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax)),
        place: "\(place).annotations[\(index)]",
        written: "\(annotation.label) x \(sides.x), y \(sides.y),"
          + " width \(sides.width), height \(sides.height)")
    }
    self.init(
      name: image.image.withSlashes.lastPart.withoutExtension,
      picture: .written(image.image, folders: [file.parentFolder]), annotation: file,
      objects: objects)
  }
}
