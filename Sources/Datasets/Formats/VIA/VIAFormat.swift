import Files
import Foundation
import MultiBox

/// The VGG Image Annotator's JSON of version 1, 2 and 3: a project, or annotations alone.
///
/// The class is the region attribute called class, label, name, type, category or object, else the
/// only one that there is. Files and folders called `train`, `val` or `test` are splits; without
/// any, a seed chooses.
struct VIAFormat: JSONLabelFormat {
  static let name = "via"
  static let title = "VGG Image Annotator"
  static let hallmark = "JSON with regions and shape_attributes"
  static let canHold: LabelContent = [.splits, .emptyImages]

  let entries: LabelEntries
  let problems: DatasetReport

  static func isMeant(_ outline: JSONOutline) -> Bool {
    guard !outline.isList else { return false }
    return outline.has("_via_img_metadata") || isVersion3(outline)
      || outline.has("filename", depth: 1) && outline.has("regions", depth: 1)
  }

  private static func isVersion3(_ outline: JSONOutline) -> Bool {
    ["file", "view", "metadata", "attribute"].allSatisfy { outline.has($0) }
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    var problems = DatasetReport()
    var all: [(name: String, record: VIARecord)] = []
    for name in JSONLabels.files(of: place, Self.isMeant) {
      let file = "\(place.folder)/\(name)"
      let records = try VIARecord.records(
        file, isVersion3: place.outlines[file].map(Self.isVersion3) ?? false, report: &problems)
      all += records.map { (name, $0) }
    }
    self.problems = problems
    let classAttribute = try VIAClassAttribute(all.map(\.record), path: place.path)
    let entries = all.map { name, record in
      let file = "\(place.folder)/\(name)"
      return LabelEntries.Entry(
        labelFile: name, picture: record.picture, folders: record.folders(of: file)
      ) { report in
        AnnotatedImage(record, file: file, classAttribute: classAttribute, report: &report)
      }
    }
    self.entries = LabelEntries(entries, of: place, options: options)
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { VIAWriter(folder: folder) }
}

extension AnnotatedImage {
  fileprivate init?(
    _ record: VIARecord, file: String, classAttribute: VIAClassAttribute,
    report: inout DatasetReport
  ) {
    var objects: [AnnotatedObject] = []
    switch record.regions {
    case .failure(let error):
      report.add(.unreadableAnnotation, file, error.reason)
      return nil
    case .success(let regions):
      for region in regions {
        guard let shape = region.shape.box(report: &report) else { continue }
        for name in region.names(classAttribute, file: file, report: &report) {
          objects.append(
            AnnotatedObject(
              .name(name), shape, place: region.place, written: "\(name) \(region.shape)"))
        }
      }
    }
    self.init(
      name: record.picture.withSlashes.lastPart.withoutExtension,
      picture: .written(record.picture, folders: [file.parentFolder] + record.folders(of: file)),
      annotation: file, objects: objects)
  }
}

extension VIARecord {
  /// The folder that a project names, as seen from its file.
  fileprivate func folders(of file: String) -> [String] {
    folder.map { ["\(file.parentFolder)/\($0)"] } ?? []
  }
}

extension VIARecord.Region {
  /// The classes of the region, more than one where several boxes are checked; none is reported.
  fileprivate func names(
    _ attribute: VIAClassAttribute, file: String, report: inout DatasetReport
  ) -> [String] {
    guard case .named(let name) = attribute else {
      report.add(.unnamedObject)
      return ["object"]
    }
    let names = attributes[name]?.names ?? []
    if names.isEmpty {
      report.add(.unknownName, file, "\(place): expected a \(name), found none")
    }
    return names
  }
}
