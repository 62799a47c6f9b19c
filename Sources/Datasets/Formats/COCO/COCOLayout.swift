import Files
import Foundation
import ImageFiles
import MultiBox

/// Folders with COCO's JSON, as COCO itself and the tools that export it lay them out.
///
/// | files | split |
/// | --- | --- |
/// | `annotations/instances_SPLIT.json`, `annotations/SPLIT.json` | SPLIT |
/// | `SPLIT/_annotations.coco.json`, images beside it | SPLIT |
/// | `instances_SPLIT.json`, `SPLIT.json` | SPLIT |
/// | a JSON file given instead of a folder | its name |
///
/// Images are looked for beside the file, in `SPLIT`, `images/SPLIT`, `images` and the folder
/// itself.
struct COCOLayout {
  let path: String

  /// Whether a folder is laid out like this.
  static func isLaidOut(at path: String) -> Bool {
    !((try? COCOLayout(path: path).files()) ?? [:]).isEmpty
  }

  func splits() throws -> [String] { try files().keys.sorted() }

  /// The annotation file of each split.
  private func files() throws -> [String: String] {
    if path.lowercased().hasSuffix(".json") { return [Self.split(of: path): path] }
    let manager = FileManager.default
    func list(_ folder: String) -> [String] {
      ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
    var result: [String: String] = [:]
    for folder in list(path) {
      let file = "\(path)/\(folder)/_annotations.coco.json"
      if manager.fileExists(atPath: file) { result[folder] = file }
    }
    for folder in ["\(path)/annotations", path] where result.isEmpty {
      for name in list(folder) where name.lowercased().hasSuffix(".json") {
        // COCO's folder holds captions and keypoints of the same images, too.
        if name.hasPrefix("captions_") || name.hasPrefix("person_keypoints_") { continue }
        let file = "\(folder)/\(name)"
        if Self.looksLikeInstances(file) { result[Self.split(of: file)] = file }
      }
    }
    return result
  }

  private static func split(of file: String) -> String {
    let stem = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
    return stem.hasPrefix("instances_") ? String(stem.dropFirst("instances_".count)) : stem
  }

  /// Other JSON files may lie in the same folder; annotations name their keys early or late, so the
  /// whole text is searched, unless the name tells: COCO's own files are of hundreds of megabytes.
  private static func looksLikeInstances(_ file: String) -> Bool {
    if (file as NSString).lastPathComponent.hasPrefix("instances_") { return true }
    guard let data = try? InputFile.contents(file) else { return false }
    return data.range(of: Data("\"annotations\"".utf8)) != nil
      && data.range(of: Data("\"categories\"".utf8)) != nil
  }

  /// Loads a split.
  ///
  /// - Parameter classNames: the classes of a run, which categories are found in by name; nil takes
  ///   all categories by rising id.
  func load(
    split: String, classNames: ClassNames?
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    let files = try files()
    guard let file = files[split] else {
      throw DatasetError.unknownSplit(path: path, split: split, known: files.keys.sorted())
    }
    let content = try COCOContent(file)
    if let key = content.missingLists.first {
      throw FileError(path: file, reason: "\(key): missing")
    }
    let names = classNames ?? content.classes().names
    let classes = classNames.map(content.classes) ?? content.classes().ofCategories
    guard !names.isEmpty else { throw DatasetError.noClasses(path: file) }
    var report = DatasetReport()
    var ofImage = [[Int]](repeating: [], count: content.images.count)
    for (index, annotation) in content.annotations.enumerated() {
      guard let image = content.imageIndex(of: annotation) else {
        report.add(
          .missingFile, file,
          "annotations[\(index)].image_id: no image of id \(content.imageID(of: annotation))")
        continue
      }
      ofImage[image].append(index)
    }
    var images: [DatasetImage] = []
    for (index, image) in content.images.enumerated() {
      guard let found = imageFile(image, index: index, split: split, file: file, report: &report)
      else { continue }
      var objects = GroundTruthCollector(file: file, width: found.width, height: found.height)
      for position in ofImage[index] {
        let annotation = content.annotations[position]
        let place = "annotations[\(position)]"
        let category = content.categoryIndex(of: annotation)
        guard let category, let classIndex = classes[category] else {
          let found =
            category.map { content.categories[$0].name }
            ?? "category_id \(content.categoryID(of: annotation))"
          report.add(
            .unknownName, file,
            "\(place): expected one of \(names.joined(separator: ", ")), found \(found)")
          continue
        }
        guard let box = annotation.box else {
          report.add(
            .boxWithoutArea, file,
            "\(place).bbox: "
              + (content.malformedBoxes[position] ?? "missing, and no polygons to take it from"))
          continue
        }
        objects.add(
          LabeledPixelBox(
            box: box, classIndex: classIndex, isDifficult: annotation.isDifficult,
            isCrowd: annotation.isCrowd),
          place: place, written: "bbox \(annotation.sides)", area: annotation.area,
          boxArea: annotation.sides.area, report: &report)
      }
      images.append(
        DatasetImage(
          name: found.name, source: .file(path: found.path), width: found.width,
          height: found.height, groundTruth: objects.groundTruth, areas: objects.areas,
          boxAreas: objects.boxAreas))
    }
    return (DetectionDataset(classNames: names, images: images), report)
  }

  private func imageFile(
    _ image: COCOContent.Image, index: Int, split: String, file: String,
    report: inout DatasetReport
  ) -> (path: String, name: String, width: Int, height: Int)? {
    guard let fileName = image.fileName, !fileName.isEmpty else {
      report.add(.missingFile, file, "images[\(index)]: expected a file_name, found none")
      return nil
    }
    let root =
      path.lowercased().hasSuffix(".json") ? (path as NSString).deletingLastPathComponent : path
    let folders = [
      (file as NSString).deletingLastPathComponent, "\(root)/\(split)", "\(root)/images/\(split)",
      "\(root)/images", root,
    ]
    let candidates = folders.map { $0.isEmpty ? fileName : "\($0)/\(fileName)" }
    guard let found = candidates.first(where: FileManager.default.fileExists) else {
      report.add(.missingFile, candidates[1], "no such image of \(file)")
      return nil
    }
    do {
      let size = try ImageFile.size(found)
      if let width = image.width, let height = image.height,
        width != size.width || height != size.height
      {
        report.sizeMismatches += 1
      }
      return (found, (fileName as NSString).deletingPathExtension, size.width, size.height)
    } catch {
      report.add(.unreadableImage, found, (error as? ImageError)?.reason ?? "\(error)")
      return nil
    }
  }
}
