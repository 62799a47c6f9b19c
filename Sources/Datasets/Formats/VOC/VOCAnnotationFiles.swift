import Files
import MultiBox
import Synchronization

/// The annotation files of a dataset, each parsed once.
///
/// Whether the first pixel is 0 or 1 no file tells by itself: a corner at 0 in any of them does.
final class VOCAnnotationFiles: Sendable {
  private let paths: [String]
  private let firstPixel: Int?
  private let parsed = Mutex([String: Content]?.none)

  /// What reading a file gives: ``FileError`` or `XMLError` where it fails.
  typealias Content = Result<VOCAnnotation, any Error>

  /// - Parameters:
  ///   - paths: all annotation files of the dataset, of all splits.
  ///   - firstPixel: 0 or 1; nil looks for a corner at 0.
  init(_ paths: [String], firstPixel: Int?) {
    self.paths = paths
    self.firstPixel = firstPixel
  }

  /// A file's content and the first pixel of the data; nil for one that is not the dataset's.
  func load() -> (annotation: @Sendable (String) -> Content?, firstPixel: Int) {
    let all = parsed.withLock { known in
      let all = known ?? parseAll()
      known = all
      return all
    }
    let hasZero = all.values.contains { (try? $0.get())?.hasZero ?? false }
    return ({ all[$0] }, firstPixel ?? (hasZero ? 0 : 1))
  }

  private func parseAll() -> [String: Content] {
    let parsed = concurrentMap(
      count: paths.count, threadCount: AvailableProcessors.count
    ) { index in
      (paths[index], Content { try VOCAnnotation(InputFile.contents(paths[index])) })
    }
    return Dictionary(parsed, uniquingKeysWith: { $1 })
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
    files: (annotation: @Sendable (String) -> VOCAnnotationFiles.Content?, firstPixel: Int),
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
    case .failure(let error as FileError) where !error.isMissing:
      report.add(.unreadableAnnotation, file, error.reason)
      return nil
    case nil, .failure(is FileError):
      report.add(.missingFile, file, "no such annotation of \(name)")
      return nil
    case .failure(let error):
      report.add(.unreadableAnnotation, file, "\(error)")
      return nil
    case .success(let annotation):
      self.init(
        name: name, picture: found ?? .written(annotation.filename ?? name, folders: folders),
        annotation: file, size: annotation.size,
        objects: annotation.annotatedObjects(
          file: file, firstPixel: files.firstPixel, report: &report))
      otherNames = [name]
    }
  }
}
