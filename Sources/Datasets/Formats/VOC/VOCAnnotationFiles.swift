import Files
import Foundation
import MultiBox
import Synchronization

/// The annotation files of a dataset, each parsed once.
///
/// Whether the first pixel is 0 or 1 no file tells by itself: a corner at 0 in any of them does.
final class VOCAnnotationFiles: Sendable {
  private let paths: [String]
  private let firstPixel: Int?
  private let parsed = Mutex([String: Result<VOCAnnotation, XMLError>]?.none)

  /// - Parameters:
  ///   - paths: all annotation files of the dataset, of all splits.
  ///   - firstPixel: 0 or 1; nil looks for a corner at 0.
  init(_ paths: [String], firstPixel: Int?) {
    self.paths = paths
    self.firstPixel = firstPixel
  }

  /// A file's content and the first pixel of the data; nil for a file that cannot be read.
  func load() -> (
    annotation: @Sendable (String) -> Result<VOCAnnotation, XMLError>?, firstPixel: Int
  ) {
    let all = parsed.withLock { known in
      let all = known ?? parseAll()
      known = all
      return all
    }
    let hasZero = all.values.contains { (try? $0.get())?.hasZero ?? false }
    return ({ all[$0] }, firstPixel ?? (hasZero ? 0 : 1))
  }

  private func parseAll() -> [String: Result<VOCAnnotation, XMLError>] {
    let parsed = concurrentMap(
      count: paths.count, threadCount: ProcessInfo.processInfo.activeProcessorCount
    ) { index -> (String, Result<VOCAnnotation, XMLError>)? in
      let path = paths[index]
      guard let data = try? InputFile.contents(path) else { return nil }
      do throws(XMLError) {
        return (path, .success(try VOCAnnotation(data)))
      } catch {
        return (path, .failure(error))
      }
    }
    return Dictionary(parsed.compactMap { $0 }, uniquingKeysWith: { $1 })
  }
}

extension AnnotatedImage {
  /// Makes an image of its annotation file, or reports why not.
  ///
  /// - Parameters:
  ///   - name: of the image.
  ///   - picture: where it is; nil looks for the annotation's `filename`, else for `name`.
  ///   - folders: where pictures are looked for first.
  ///   - isUnlabeled: says that no annotation is expected.
  init?(
    voc name: String, file: String, picture: String?, folders: [String], isUnlabeled: Bool,
    files: (annotation: @Sendable (String) -> Result<VOCAnnotation, XMLError>?, firstPixel: Int),
    report: inout DatasetReport
  ) {
    let found = picture.map(Picture.file)
    guard !isUnlabeled else {
      self.init(
        name: name, picture: found ?? .written(name, folders: folders), annotation: file,
        isUnlabeled: true)
      return
    }
    switch files.annotation(file) {
    case nil:
      report.add(.missingFile, file, "no such annotation of \(name)")
      return nil
    case .failure(let error):
      report.add(.unreadableAnnotation, file, "\(error)")
      return nil
    case .success(let annotation):
      let written = annotation.filename.flatMap { $0.isEmpty ? nil : $0 } ?? name
      self.init(
        name: name, picture: found ?? .written(written, folders: folders), annotation: file,
        size: annotation.size,
        objects: annotation.annotatedObjects(
          file: file, firstPixel: files.firstPixel, report: &report))
      otherNames = [name]
    }
  }
}
