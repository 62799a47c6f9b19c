import Files
import Foundation
import MultiBox

/// Label Studio's JSON, full or short (JSON-MIN): tasks with regions in percent of the image.
///
/// An image has the first of its annotations that was not skipped; predictions are no labels, and
/// an image without an annotation is left out, where others have one. Files and folders called
/// `train`, `val` or `test` are splits; without any, a seed chooses.
struct LabelStudioFormat: JSONLabelFormat {
  static let name = "labelstudio"
  static let title = "Label Studio"
  static let hallmark = "JSON with a list of tasks"
  static let canHold: LabelContent = [.splits, .emptyImages]

  let entries: LabelEntries

  static func isMeant(_ outline: JSONOutline) -> Bool {
    if outline.has("data") {
      return ["annotations", "completions", "predictions"].contains { outline.has($0) }
    }
    // Versions before 1.0 had another word for annotations.
    return outline.isList && ["annotation_id", "completion_id"].contains { outline.has($0) }
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    let entries = try JSONLabels.files(of: place, Self.isMeant).flatMap {
      try Self.entries($0, in: place.folder)
    }
    self.entries = LabelEntries(entries, of: place, options: options)
  }

  private static func entries(_ name: String, in root: String) throws -> [LabelEntries.Entry] {
    let file = "\(root)/\(name)"
    let content = try JSONFile.decode(LabelStudioFile.self, file)
    // Data may name pictures that the interface does not show.
    let keys = content.tasks.reduce(into: Set<String>()) {
      if case .success(let task) = $1.value { $0.formUnion(task.labelledKeys) }
    }
    return content.tasks.enumerated().flatMap { index, task -> [LabelEntries.Entry] in
      let place = content.isList ? "[\(index)]" : ""
      func entry(
        _ written: String?, gap: String? = nil,
        read: @escaping @Sendable (inout DatasetReport) -> AnnotatedImage?
      ) -> LabelEntries.Entry {
        let path = written.map(LabelStudioPath.init)
        return LabelEntries.Entry(
          labelFile: name, picture: path?.path ?? "", others: path?.others ?? [],
          gap: gap.map { place.isEmpty ? $0 : "\(place): \($0)" }, read: read)
      }
      switch task.value {
      case .failure(let error):
        return [
          entry(task.picture) { report in
            report.add(.unreadableAnnotation, file, error.reason)
            return nil
          }
        ]
      case .success(let task):
        return task.pictures(of: keys).map { picture in
          entry(picture.path, gap: task.gap(of: picture)) { report in
            AnnotatedImage(task, picture, place: place, file: file, report: &report)
          }
        }
      }
    }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? {
    LabelStudioWriter(folder: folder)
  }
}

extension AnnotatedImage {
  fileprivate init?(
    _ task: LabelStudioTask, _ picture: LabelStudioTask.Picture, place: String, file: String,
    report: inout DatasetReport
  ) {
    let counted = task.counted
    func placed(_ annotation: Int) -> String {
      guard let key = task.key else { return place }
      return (place.isEmpty ? "" : "\(place).") + "\(key)[\(annotation)]"
    }
    for other in counted.dropFirst() {
      report.add(
        .duplicate, file, "\(placed(other)): another annotation of \(picture.path)")
    }
    let (regions, names) = (task.regions, task.pictureNames)
    let path = LabelStudioPath(picture.path)
    self.init(
      name: path.path.lastPart.withoutExtension,
      picture: .written(path.path, folders: [file.parentFolder]), annotation: file,
      size: regions.first {
        $0.size != nil && (try? task.picture(of: $0, among: names)) == picture
      }?.size, isUnlabeled: counted.isEmpty)
    otherNames = path.others
    guard let annotation = counted.first else { return }
    var seen: Set<LooseText> = []
    for (index, region) in regions.enumerated() {
      let place =
        placed(annotation) + (task.key == nil ? ".\(index)" : ".result[\(index)]")
      do throws(Misunderstanding) {
        // What is said of no place may be of anything that the interface shows.
        let own =
          region.value == nil
          ? (try? task.picture(of: region, among: names)) ?? task.pictures[0]
          : try task.picture(of: region, among: names)
        guard own == picture else { continue }
        guard let shape = try region.box(task: task, report: &report) else { continue }
        // A region drawn first and labelled then is two results of one id.
        if let id = region.id, !seen.insert(id).inserted { continue }
        let names = region.names(among: regions).filter { !$0.isBlank }
        if names.isEmpty {
          report.add(.unknownName, file, "\(place): expected labels, found none")
        }
        objects += names.map {
          AnnotatedObject(.name($0), shape, place: place, written: "\($0) \(region.written)")
        }
      } catch {
        report.add(.unreadableAnnotation, file, "\(place).\(error.reason)")
        return nil
      }
    }
  }
}

extension LabelStudioTask {
  /// The pictures of keys on which something was drawn in this task or another.
  fileprivate func pictures(of keys: Set<String>) -> [Picture] {
    let labelled = pictures.filter { keys.contains($0.key) }
    return labelled.isEmpty ? pictures.filter { $0.key == pictures[0].key } : labelled
  }

  /// The reason why nobody labelled the image; nil where somebody did.
  fileprivate func gap(of picture: Picture) -> String? {
    guard counted.isEmpty else { return nil }
    return annotations.isEmpty
      ? "no annotation of \(picture.path)" : "every annotation of \(picture.path) was skipped"
  }
}

extension LabelStudioRegion {
  /// The labels of the region, its own or those of the result that has its id.
  fileprivate func names(among all: [LabelStudioRegion]) -> [String] {
    if let names = value?.names { return names }
    guard let id else { return [] }
    return all.lazy.filter { $0.id == id }.compactMap { $0.value?.names }.first ?? []
  }

  /// The region in its file's own numbers.
  fileprivate var written: String {
    guard let value else { return "" }
    let numbers = [value.x, value.y, value.width ?? value.radiusX, value.height ?? value.radiusY]
    return numbers.compactMap { $0.map { "\($0)" } }.joined(separator: " ") + " %"
  }
}
