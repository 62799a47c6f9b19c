import Foundation

// What the readers name of the package beside labels, as small as they need it.

public struct DatasetImage: Sendable {
  public enum Source: Sendable { case file(path: String) }
  public var groundTruth: [LabeledPixelBox] = []
}

enum ImageFile { static let extensions = ["jpg", "png"] }

enum ShapesSpecification { static func isMeant(by path: String) -> Bool { false } }

enum CSVFormat { static let onlyClass = "object" }

public enum DatasetError: Error { case missing(path: String, expected: String) }

public struct OutputFolder: Sendable { let path: String }

public protocol LabelWriter {}

/// libFuzzer's entry: any bytes must give rows and records, each understood or named, or a
/// `FileError`, never a trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTables(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let data = start.map { Data(bytes: $0, count: count) } ?? Data()
  // A folder of its own: names of images are looked for beside the table.
  let folder = FileManager.default.temporaryDirectory.path + "/tables-\(getpid())"
  let path = folder + "/x.csv"
  try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  precondition(FileManager.default.createFile(atPath: path, contents: data))
  do {
    try readTable(path)
    try readRecords(path, count: count)
    _ = try CSVClasses(path)
  } catch {
    precondition((error as? FileError)?.path == path, "\(error)")
  }
  return 0
}

private func readTable(_ path: String) throws {
  let place = try DatasetPlace(path)
  guard let dialect = TextFile.head(of: path).flatMap(CSVDialect.init) else { return }
  let labels = try CSVLabels(path, dialect: dialect, firstPixel: 1, descriptions: [:])
  for image in labels.images {
    precondition(
      image.annotated != nil || !image.report.problems.isEmpty,
      "an image is left out without a word")
  }
  let splits = try CSVSplits(CSVFiles(place, firstPixel: nil), of: place, seed: 0)
  for split in splits.names { _ = splits.images(of: split) }
}

private func readRecords(_ path: String, count: Int) throws {
  let file = try RecordFile(path)
  for (index, record) in file.records.enumerated() {
    precondition(record.offset >= 12 && record.offset + record.length + 4 <= count)
    if let data = try? file.contents(index) { precondition(data.count == record.length) }
  }
}
