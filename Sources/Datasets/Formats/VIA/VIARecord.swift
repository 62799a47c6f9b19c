import Files
import Foundation
import MultiBox

/// An image of a VIA file of any version.
struct VIARecord: Sendable {
  struct Region: Sendable {
    var place: String
    var shape: VIAShape
    var attributes: [String: VIAAttribute]
  }

  /// The picture as the file has it.
  var picture: String
  var regions: Result<[Region], Misunderstanding>
  /// The folder of the pictures on the annotator's machine.
  var folder: String?

  /// Reads a file.
  ///
  /// - Parameter report: takes regions that are of no image.
  /// - Throws: `FileError` that names file, key, expected and found.
  static func records(
    _ file: String, isVersion3: Bool, report: inout DatasetReport
  ) throws(FileError) -> [VIARecord] {
    guard isVersion3 else {
      let content = try JSONFile.decode(VIAFile.self, file)
      return content.images.map { key, image in
        switch image.value {
        case .failure(let error):
          VIARecord(
            picture: image.picture ?? key, regions: .failure(error), folder: content.folder)
        case .success(let image):
          VIARecord(
            picture: image.filename,
            regions: .success(
              image.regions.map {
                Region(
                  place: "\(image.filename).\($0.place)", shape: $0.region.shape,
                  attributes: $0.region.attributes)
              }), folder: content.folder)
        }
      }
    }
    let project = try JSONFile.decode(VIAProject3.self, file)
    for key in project.homeless {
      report.add(
        .unreadableAnnotation, file,
        "metadata.\(key).vid: expected a view of one file of the project")
    }
    return project.images.compactMap { image, keys in
      guard image.isImage else {
        report.add(.unreadableAnnotation, file, "file: expected images, found \(image.name)")
        return nil
      }
      return VIARecord(picture: image.name, regions: project.regions(keys))
    }
  }
}

extension VIAProject3 {
  fileprivate func regions(_ keys: [String]) -> Result<[VIARecord.Region], Misunderstanding> {
    var result: [VIARecord.Region] = []
    for key in keys {
      guard let region = metadata[key] else { continue }
      let attributes = attributes(of: region)
      // What is said of the whole image, or of a time.
      if region.xy.isEmpty { continue }
      guard let shape = VIAShape(version3: region.xy) else {
        return .failure(
          Misunderstanding(
            reason: "metadata.\(key).xy: expected the numbers of a shape, found \(region.xy)"))
      }
      result.append(
        VIARecord.Region(place: "metadata.\(key)", shape: shape, attributes: attributes))
    }
    return .success(result)
  }
}

/// The attribute of regions that says the class.
enum VIAClassAttribute: Hashable, Sendable {
  case named(String)
  /// No region has any.
  case none

  /// The names that people give it, in the order in which they count.
  private static let usual = [
    "class", "label", "name", "type", "category", "object", "class_name", "classname", "labels",
  ]

  /// Chooses among the attributes of all regions of a dataset.
  ///
  /// - Throws: `FileError` where several could be meant.
  init(_ records: [VIARecord], path: String) throws(FileError) {
    var names: Set<String> = []
    for record in records {
      for region in (try? record.regions.get()) ?? [] { names.formUnion(region.attributes.keys) }
    }
    let sorted = names.sorted()
    for usual in Self.usual {
      if let found = sorted.first(where: { $0.lowercased() == usual }) {
        self = .named(found)
        return
      }
    }
    guard let only = sorted.first else {
      self = .none
      return
    }
    guard sorted.count == 1 else {
      throw FileError(
        path: path,
        reason: "region_attributes: expected one alone or one called class, label, name, type,"
          + " category or object, found \(sorted.joined(separator: ", "))")
    }
    self = .named(only)
  }
}
