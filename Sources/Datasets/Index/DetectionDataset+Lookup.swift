import Files
import Foundation

extension DetectionDataset {
  /// Returns the image that a person names.
  ///
  /// - Parameter name: its name, with or without an extension; the path of its file; or the end of
  ///   that path, as in `JPEGImages/photo-7.jpg` or `camera-2/001`.
  /// - Returns: the first image that fits, names before paths; nil without.
  public func image(named name: String) -> DatasetImage? {
    let stem = name.withoutExtension
    if let found = images.first(where: { $0.name == name })
      ?? images.first(where: { $0.name == stem })
    {
      return found
    }
    let file = name.lastPart
    let path = Self.resolved(name)
    let candidates = images.compactMap { image -> (image: DatasetImage, path: String)? in
      guard case .file(let own) = image.source, own.lastPart == file
      else { return nil }
      return (image, own)
    }
    return candidates.first { Self.resolved($0.path) == path }?.image
      ?? candidates.first { $0.path.hasSuffix("/" + name) }?.image
      ?? images.first { image in
        guard case .file(let own) = image.source, name.contains("/") else { return false }
        return own.withoutExtension.hasSuffix("/" + name)
      }
  }

  private static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }
}
