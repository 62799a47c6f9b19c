import Files
import Foundation
import MultiBox

extension LabelMeFormat {
  /// Reads a file, or reports why not.
  ///
  /// - Parameter picture: its picture, found or not.
  static func image(
    _ file: String, picture: LabelMePicture, report: inout DatasetReport
  ) -> AnnotatedImage? {
    let content: LabelMeContent
    do throws(FileError) {
      content = try JSONFile.decode(LabelMeContent.self, file)
    } catch {
      report.add(.unreadableAnnotation, file, error.reason)
      return nil
    }
    var objects: [AnnotatedObject] = []
    var ofGroups: [Group: Int] = [:]
    var changes = DatasetReport()
    for (index, shape) in content.shapes.enumerated() {
      let place = "shapes[\(index)]"
      do throws(Misunderstanding) {
        guard let box = try shape.box(report: &changes) else { continue }
        guard !shape.label.text.isBlank else {
          throw Misunderstanding(reason: "label: expected a class, found none")
        }
        var object = AnnotatedObject(
          .name(shape.label.text), box, place: place,
          written: "\(shape.label.text) \(shape.type ?? "polygon") \(shape.points)")
        object.isDifficult = shape.isDifficult
        if let group = Group(shape) {
          if let known = ofGroups[group] {
            objects[known].add(object)
            changes.add(.joinedPart)
            continue
          }
          ofGroups[group] = objects.count
        }
        objects.append(object)
      } catch {
        report.add(.unreadableAnnotation, file, "\(place).\(error.reason)")
        return nil
      }
    }
    report.add(changes)
    let stem = file.lastPart.withoutExtension
    var image = AnnotatedImage(
      name: stem,
      picture: picture.path.map { .file($0) } ?? picture.embedded.map { .embedded($0) }
        ?? .written(picture.written.isEmpty ? stem : picture.written, folders: [file.parentFolder]),
      annotation: file,
      size: PixelSize(width: content.imageWidth, height: content.imageHeight), objects: objects)
    image.absence = picture.absence
    return image
  }

  /// The images that are no file's picture.
  static func unlabeled(
    _ images: [String], pictures: [LabelMePicture], in place: DatasetPlace
  ) -> [LabelEntries.Entry] {
    let known = Set(pictures.compactMap { $0.path?.absolutePath })
    return images.compactMap { name in
      let path = "\(place.folder)/\(name)"
      guard !known.contains(path.absolutePath) else { return nil }
      return LabelEntries.Entry(
        labelFile: name, picture: name, path: path, gap: "no label file names it"
      ) { _ in
        AnnotatedImage(
          name: name.lastPart.withoutExtension, picture: .file(path),
          annotation: "\(path.withoutExtension).json", isUnlabeled: true)
      }
    }
  }
}

/// What polygons and masks have in common that are parts of one object, as LabelMe's own export to
/// COCO has it (`labelme2coco.py`). Its export of boxes knows no groups: a rectangle is an object.
private struct Group: Hashable {
  let label: String
  let id: String

  /// - Returns: nil for a shape that is an object alone.
  init?(_ shape: LabelMeContent.Shape) {
    guard let id = shape.group?.text, !id.isBlank,
      ["polygon", "circle", "mask"].contains(shape.type ?? "polygon")
    else { return nil }
    label = shape.label.text
    self.id = id
  }
}

extension AnnotatedObject {
  /// Takes another as a part of this one.
  fileprivate mutating func add(_ part: AnnotatedObject) {
    guard case .pixels(let own) = shape, case .pixels(let other) = part.shape,
      let box = Shape.around(
        [own, other].flatMap { [(x: $0.xMin, y: $0.yMin), (x: $0.xMax, y: $0.yMax)] })
    else { return }
    shape = box
    isDifficult = isDifficult || part.isDifficult
    written += "; \(part.written)"
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
