import Foundation

/// The layouts that a dataset can have.
public enum DatasetFormat: String, Hashable, Sendable, Codable, CaseIterable {
  /// JPEGImages, Annotations, ImageSets/Main.
  case voc
  /// Images with XML files of the same name beside them, in a folder for each split or all in one.
  case folder
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
      throw DatasetError.missing(path: path, expected: "expected a folder, found a file")
    }
    let isVOC = ["Annotations", "ImageSets"].allSatisfy {
      FileManager.default.fileExists(atPath: "\(path)/\($0)")
    }
    return isVOC ? .voc : .folder
  }
}
