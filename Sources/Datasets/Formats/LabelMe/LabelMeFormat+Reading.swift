import Files
import Foundation
import MultiBox

extension LabelMeFormat {
  /// Reads a file, or reports why not.
  ///
  /// - Parameter picture: the image of the file's name, where there is one.
  static func image(
    _ file: String, picture: String?, in place: DatasetPlace, report: inout DatasetReport
  ) -> AnnotatedImage? {
    let content: LabelMeContent
    do throws(FileError) {
      content = try JSONLabels.decode(LabelMeContent.self, file)
    } catch {
      report.add(.unreadableAnnotation, file, error.reason)
      return nil
    }
    var objects: [AnnotatedObject] = []
    var changes = DatasetReport()
    for (index, shape) in content.shapes.enumerated() {
      let place = "shapes[\(index)]"
      do throws(Misunderstanding) {
        guard let box = try shape.box(report: &changes) else { continue }
        var object = AnnotatedObject(
          .name(shape.label.text), box, place: place,
          written: "\(shape.label.text) \(shape.type ?? "polygon") \(shape.points)")
        object.isDifficult = shape.isDifficult
        objects.append(object)
      } catch {
        report.add(.unreadableAnnotation, file, "\(place).\(error.reason)")
        return nil
      }
    }
    report.add(changes)
    let folder = file.parentFolder
    let written = (content.imagePath ?? "").replacingOccurrences(of: "\\", with: "/")
    let beside = written.isEmpty ? nil : place.tree.find(written, in: folder)
    let found = beside.flatMap { FolderListing.isFile($0) ? $0 : nil } ?? picture
    let stem = file.lastPart.withoutExtension
    var image = AnnotatedImage(
      name: stem,
      picture: found.map { .file($0) }
        ?? .written(written.isEmpty ? stem : written, folders: [folder]),
      annotation: file,
      size: PixelSize(width: content.imageWidth, height: content.imageHeight), objects: objects)
    image.otherNames = [stem]
    image.absence = content.holdsPicture ? "it is in imageData alone, which is not read" : nil
    return image
  }

  /// The images that no file belongs to.
  static func unlabeled(
    _ images: [String], labeled: [String], in place: DatasetPlace
  ) -> [LabelEntries.Entry] {
    let known = Set(labeled.map(LabelEntries.key))
    return images.filter { !known.contains(LabelEntries.key($0)) }.map { name in
      LabelEntries.Entry(labelFile: name, picture: name) { _ in
        AnnotatedImage(
          name: name.lastPart.withoutExtension, picture: .file("\(place.folder)/\(name)"),
          annotation: "\(place.folder)/\(name.withoutExtension).json", isUnlabeled: true)
      }
    }
  }
}

extension LabelMeContent.Shape {
  /// The upright box; nil, which is counted, for a shape that is none.
  fileprivate func box(
    report: inout DatasetReport
  ) throws(Misunderstanding) -> AnnotatedObject.Shape? {
    guard let bad = points.firstIndex(where: { $0.count != 2 }) else {
      return try box(points.map { ($0[0], $0[1]) }, report: &report)
    }
    throw Misunderstanding(reason: "points[\(bad)]: expected x and y, found \(points[bad])")
  }

  private func box(
    _ points: [(x: Double, y: Double)], report: inout DatasetReport
  ) throws(Misunderstanding) -> AnnotatedObject.Shape? {
    // LabelMe's files of before there were other shapes than polygons have no type.
    let type = type ?? "polygon"
    func expect(_ count: Int) throws(Misunderstanding) {
      guard points.count >= count else {
        throw Misunderstanding(
          reason: "points: expected \(count) for a \(type), found \(points.count)")
      }
    }
    switch type {
    case "rectangle":
      try expect(2)
      return .around(points)
    case "rotation":
      try expect(3)
      report.add(.turnedBox)
      return .around(points)
    case "polygon":
      try expect(1)
      report.add(.polygon)
      return .around(points)
    case "circle":
      // The centre and a point of the rim.
      try expect(2)
      let (centre, rim) = (points[0], points[1])
      let radius = hypot(rim.x - centre.x, rim.y - centre.y)
      report.add(.polygon)
      return .around([
        (centre.x - radius, centre.y - radius), (centre.x + radius, centre.y + radius),
      ])
    case "mask":
      // The first and the last pixel of the mask: both belong to it.
      try expect(2)
      report.add(.polygon)
      let (first, last) = (points[0], points[1])
      return .around([first, (last.x + 1, last.y + 1)])
    case "point", "points", "line", "linestrip":
      report.add(.otherShape)
      return nil
    default:
      throw Misunderstanding(
        reason: "shape_type: expected rectangle, polygon, circle, mask, point, line or"
          + " linestrip, found \(type)")
    }
  }
}

extension LabelMeFormat {
  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder

    func imageFolder(split: String) -> String { split }

    func add(
      _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
    ) throws {
      try folder.write(
        json: LabelMeFile(image: image, fileName: fileName, classNames: classNames),
        to: "\(split)/\(fileName.withoutExtension).json")
    }

    func finish(split: String, fileNames: [String], classNames: ClassNames) {}
  }
}
