import Foundation

/// The layouts that a dataset can have.
public enum DatasetFormat: String, Hashable, Sendable, Codable, CaseIterable {
  /// JPEGImages, Annotations, ImageSets/Main.
  case voc
  /// Images with XML files of the same name beside them, in a folder for each split or all in one.
  case folder
  /// COCO's instances JSON, as COCO lays it out or as tools export it.
  case coco
  /// YOLO's text labels with a `data.yaml`.
  case yolo
  /// Pictures made from a seed; see ``ShapesSpecification``.
  case shapes

  /// Tells the format of what `path` names.
  ///
  /// - Throws: ``DatasetError/missing(path:expected:)``.
  public static func recognized(at path: String) throws -> DatasetFormat {
    if path == "shapes" || path.hasPrefix("shapes:") { return .shapes }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DatasetError.missing(path: path, expected: "no such folder")
    }
    guard isFolder.boolValue else {
      switch (path as NSString).pathExtension.lowercased() {
      case "json": return .coco
      case "yaml", "yml": return .yolo
      default:
        throw DatasetError.missing(
          path: path, expected: "expected a folder, a COCO .json or a YOLO .yaml, found a file")
      }
    }
    let isVOC = ["Annotations", "ImageSets"].allSatisfy {
      FileManager.default.fileExists(atPath: "\(path)/\($0)")
    }
    if isVOC { return .voc }
    if YOLOLayout.descriptionFile(at: path) != nil { return .yolo }
    return COCOLayout.isLaidOut(at: path) ? .coco : .folder
  }
}
