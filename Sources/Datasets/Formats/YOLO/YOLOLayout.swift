import Foundation
import ImageFiles
import MultiBox

/// YOLO's text labels: `data.yaml`, folders of images, and for each image a text file.
///
/// The labels of `…/images/…/x.jpg` are `…/labels/…/x.txt`; without a folder `images` in the path
/// they lie beside the image. A line is the class from 0, centre x, centre y, width and height in
/// 0…1 of the image, or the class and the corners of a polygon, whose bounding box is taken. An
/// image without a file has no objects.
struct YOLOLayout {
  /// A folder with a description, or the description itself.
  let path: String

  /// The YAML file of a path, if it is laid out like this.
  static func descriptionFile(at path: String) -> String? {
    let lowercased = path.lowercased()
    if lowercased.hasSuffix(".yaml") || lowercased.hasSuffix(".yml") { return path }
    return YOLODescription.file(in: path)
  }

  private func description() throws -> (file: String, content: YOLODescription) {
    guard let file = Self.descriptionFile(at: path) else {
      throw DatasetError.missing(
        path: path, expected: "expected a data.yaml with names, found none")
    }
    return (file, try YOLODescription(contentsOf: file))
  }

  func splits() throws -> [String] { try description().content.splits.keys.sorted() }

  /// Loads a split.
  ///
  /// - Parameter classNames: the classes of a run; nil takes those of the description.
  func load(
    split: String, classNames: ClassNames?
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    let (file, description) = try description()
    guard let sources = description.splits[split] else {
      throw DatasetError.unknownSplit(
        path: file, split: split, known: description.splits.keys.sorted())
    }
    let names = classNames ?? description.classNames
    var report = DatasetReport()
    var images: [DatasetImage] = []
    for path in try sources.flatMap(imagePaths) {
      let size: (width: Int, height: Int)
      do {
        size = try ImageFile.size(path)
      } catch {
        let reason = (error as? ImageError)?.reason ?? "\(error)"
        report.add(reason == "no such file" ? .missingFile : .unreadableImage, path, reason)
        continue
      }
      let labels = Self.labelFile(of: path)
      var objects = GroundTruthCollector(file: labels, width: size.width, height: size.height)
      if let data = FileManager.default.contents(atPath: labels) {
        read(data, own: description.classNames, names: names, into: &objects, report: &report)
      }
      images.append(
        DatasetImage(
          name: ((path as NSString).lastPathComponent as NSString).deletingPathExtension,
          source: .file(path: path), width: size.width, height: size.height,
          groundTruth: objects.groundTruth))
    }
    return (DetectionDataset(classNames: names, images: images), report)
  }

  /// The images of a folder by name, or those that a list names in its order.
  private func imagePaths(_ source: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else {
      throw DatasetError.missing(path: source, expected: "no such folder or list of images")
    }
    if isFolder.boolValue {
      let found = FileManager.default.enumerator(atPath: source)?.compactMap { $0 as? String } ?? []
      return found.filter {
        ImageFile.extensions.contains(($0 as NSString).pathExtension.lowercased())
      }.sorted().map { "\(source)/\($0)" }
    }
    guard let text = try? String(contentsOfFile: source, encoding: .utf8) else {
      throw DatasetError.missing(path: source, expected: "expected a list of images, found no text")
    }
    let folder = (source as NSString).deletingLastPathComponent
    return text.split(whereSeparator: \.isNewline).map {
      var line = $0.trimmingCharacters(in: .whitespaces)[...]
      if line.hasPrefix("./") { line = line.dropFirst(2) }
      return line.hasPrefix("/") ? String(line) : "\(folder)/\(line)"
    }.filter { !$0.hasSuffix("/") }
  }

  static func labelFile(of image: String) -> String {
    let stem = (image as NSString).deletingPathExtension
    guard let range = stem.range(of: "/images/", options: .backwards) else { return stem + ".txt" }
    return stem.replacingCharacters(in: range, with: "/labels/") + ".txt"
  }

  private func read(
    _ data: Data, own: ClassNames, names: ClassNames, into objects: inout GroundTruthCollector,
    report: inout DatasetReport
  ) {
    for (index, line) in String(decoding: data, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
    {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.isEmpty { continue }
      let place = "line \(index + 1)"
      let numbers = words.compactMap { Double($0) }.filter(\.isFinite)
      guard numbers.count == words.count,
        numbers.count == 5 || (numbers.count >= 7 && numbers.count % 2 == 1)
      else {
        report.add(
          .unreadableAnnotation, objects.file,
          "\(place): expected class, x, y, width, height, or a polygon, found \(line)")
        continue
      }
      let ownClass = Int(exactly: numbers[0] + 1)
      guard let ownClass, own.indices.contains(ownClass),
        let classIndex = names.firstIndex(of: own[ownClass])
      else {
        let found = ownClass.flatMap { own.indices.contains($0) ? own[$0] : nil }
        report.add(
          .unknownName, objects.file,
          found.map {
            "\(place): expected one of \(names.joined(separator: ", ")), found \($0)"
          } ?? "\(place): expected a class of 0…\(own.count - 1), found \(words[0])")
        continue
      }
      let box: Box
      if numbers.count == 5 {
        box = Box(
          CenterBox(cx: numbers[1], cy: numbers[2], width: numbers[3], height: numbers[4]))
      } else {
        let xs = stride(from: 1, to: numbers.count, by: 2).map { numbers[$0] }
        let ys = stride(from: 2, to: numbers.count, by: 2).map { numbers[$0] }
        box = Box(
          xMin: xs.min() ?? 0, yMin: ys.min() ?? 0, xMax: xs.max() ?? 0, yMax: ys.max() ?? 0)
      }
      objects.add(
        LabeledPixelBox(
          box: box.inPixels(width: objects.width, height: objects.height),
          classIndex: classIndex), place: place, written: String(line), report: &report)
    }
  }
}
