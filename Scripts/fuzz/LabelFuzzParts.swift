import Foundation

// What the readers of labels name of the package beside labels, as small as they need it.

public struct DatasetImage: Sendable {
  public enum Source: Sendable { case file(path: String) }
  public var groundTruth: [LabeledPixelBox] = []
  public var width = 0
  public var height = 0
}

enum ImageFile { static let extensions = ["jpg", "png"] }

enum ShapesSpecification { static func isMeant(by path: String) -> Bool { false } }

public enum DatasetError: Error { case missing(path: String, expected: String) }

public struct OutputFolder: Sendable {
  let path: String
  func write(json value: some Encodable, to name: String) throws {}
}

public protocol LabelWriter {}

/// A file that is named has no images beside it.
struct AnnotationPaths {
  init(_ files: [String], ending: String) {}
  func path(for image: String) -> String? { nil }
}
