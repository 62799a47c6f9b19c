import Dispatch
import Foundation
import ImageFiles
import MultiBox
import Synchronization

/// Loads the labelled images of a split, whatever the layout.
public struct DatasetLoader: Hashable, Sendable {
  /// The path of a folder or file, or `shapes:…`.
  public var path: String
  /// The layout that the path is read as.
  public var format: DatasetFormat
  /// The seed that decides which images of a folder without splits are `train` and which `test`.
  public var seed: UInt64
  /// Makes the first problem an error.
  public var isStrict: Bool

  /// Creates a loader, and recognises the layout where none is given.
  ///
  /// - Parameters:
  ///   - path: of a folder or file, or `shapes:…`.
  ///   - format: nil recognises it.
  ///   - seed: of the splits of a folder without any.
  ///   - isStrict: makes the first problem an error.
  /// - Throws: ``DatasetError/missing(path:expected:)`` where nothing that could be a dataset is
  ///   there.
  public init(
    path: String, format: DatasetFormat? = nil, seed: UInt64 = 0, isStrict: Bool = false
  ) throws {
    self.path = path
    self.format = try format ?? DatasetFormat.recognized(at: path)
    self.seed = seed
    self.isStrict = isStrict
  }

  /// Returns the names of the splits, in alphabetic order.
  ///
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  public func splits() throws -> [String] {
    switch format {
    case .voc: try VOCLayout(path: path).splits()
    case .folder: try FolderLayout(path: path, seed: seed).splits()
    case .coco: try COCOLayout(path: path).splits()
    case .yolo: try YOLOLayout(path: path).splits()
    case .shapes: ["test", "train", "val"]
    }
  }

  /// Whether ``seed`` decides which images are `train` and which `test`: only in a folder without
  /// splits of its own.
  public func splitsBySeed() throws -> Bool {
    guard format == .folder else { return false }
    return try FolderLayout(path: path, seed: seed).splitsBySeed()
  }

  /// Returns the classes of all splits: in the order of the file where it has one (COCO, YOLO),
  /// else sorted.
  ///
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  public func classNames() throws -> ClassNames {
    let ofSplits = try splits().map { try load(split: $0).dataset.classNames }
    var result: [String] = []
    for name in ofSplits.joined() where !result.contains(name) { result.append(name) }
    switch format {
    case .voc, .folder: return ClassNames(result.sorted())
    case .coco, .yolo, .shapes: return ClassNames(result)
    }
  }

  /// Reads or makes the pixels of an image; called from several threads.
  public typealias Decode = @Sendable (DatasetImage) throws -> RGBImage

  /// Loads a split.
  ///
  /// - Parameters:
  ///   - split: its name, one of ``splits()``.
  ///   - classNames: the classes of a run; nil takes the names found, sorted.
  ///   - decode: reads every image once, on all cores, so that an unreadable one is found now and
  ///     not in the middle of a training; nil reads headers alone.
  /// - Returns: the images with their objects, and all that was left out or changed.
  /// - Throws: ``DatasetError``; with ``isStrict`` also for the first problem of the report.
  public func load(
    split: String, classNames: ClassNames? = nil, decode: Decode? = nil
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    var result: (dataset: DetectionDataset, report: DatasetReport)
    switch format {
    case .shapes:
      let specification = try ShapesSpecification(path)
      result = (specification.dataset(split: split), DatasetReport())
    case .coco:
      result = try COCOLayout(path: path).load(split: split, classNames: classNames)
    case .yolo:
      result = try YOLOLayout(path: path).load(split: split, classNames: classNames)
    case .voc:
      result = try assemble(VOCLayout(path: path).entries(split: split), classNames)
    case .folder:
      result = try assemble(
        FolderLayout(path: path, seed: seed).entries(split: split), classNames)
    }
    if let decode { result.report.add(result.dataset.removeUnreadable(decode)) }
    if isStrict, let problem = result.report.problems.first {
      throw DatasetError.strict(problem, count: result.report.problems.count)
    }
    return result
  }

  /// Reads the annotations and image headers of a split.
  private func assemble(
    _ entries: [AnnotatedFile], _ classNames: ClassNames?
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    var report = DatasetReport()
    var annotations: [(entry: AnnotatedFile, annotation: VOCAnnotation)] = []
    for entry in entries {
      guard let data = FileManager.default.contents(atPath: entry.annotation) else {
        report.add(.missingFile, entry.annotation, "no such annotation of \(entry.name)")
        continue
      }
      do {
        annotations.append((entry, try VOCAnnotation(data)))
      } catch {
        report.add(.unreadableAnnotation, entry.annotation, "\(error)")
      }
    }
    let names =
      classNames
      ?? ClassNames(Set(annotations.flatMap { $0.annotation.objects.map(\.name) }).sorted())
    guard !names.isEmpty else { throw DatasetError.noClasses(path: path) }

    var images: [DatasetImage] = []
    for (entry, annotation) in annotations {
      guard let file = entry.imagePath(annotation) else {
        report.add(.missingFile, entry.missingImage, "no such image of \(entry.annotation)")
        continue
      }
      let size: (width: Int, height: Int)
      do {
        size = try ImageFile.size(file)
      } catch {
        report.add(.unreadableImage, file, (error as? ImageError)?.reason ?? "\(error)")
        continue
      }
      if annotation.width != size.width || annotation.height != size.height {
        report.sizeMismatches += 1
      }
      images.append(
        DatasetImage(
          name: entry.name, source: .file(path: file), width: size.width, height: size.height,
          groundTruth: annotation.groundTruth(
            file: entry.annotation, width: size.width, height: size.height, classNames: names,
            report: &report)))
    }
    return (DetectionDataset(classNames: names, images: images), report)
  }
}

extension DetectionDataset {
  /// Decodes every image, on all cores, and takes out those that cannot be.
  fileprivate mutating func removeUnreadable(_ decode: DatasetLoader.Decode) -> [DatasetProblem] {
    let images = images
    let reasons = Mutex([Int: DatasetProblem]())
    DispatchQueue.concurrentPerform(iterations: images.count) { index in
      guard case .file(let path) = images[index].source else { return }
      do {
        _ = try decode(images[index])
      } catch {
        let reason = (error as? ImageError)?.reason ?? "\(error)"
        reasons.withLock {
          $0[index] = DatasetProblem(kind: .unreadableImage, file: path, reason: reason)
        }
      }
    }
    let problems = reasons.withLock { $0 }
    self.images = images.indices.filter { problems[$0] == nil }.map { images[$0] }
    return problems.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// An annotation file and where its image may be.
struct AnnotatedFile: Hashable, Sendable {
  var name: String
  var annotation: String
  /// Paths to try, the first that exists counts.
  var images: [String]
  /// The folder to look for the annotation's own `filename` in, if none of them exists.
  var imageFolder: String?

  /// What a report names when there is no image.
  var missingImage: String { images.first ?? annotation }

  func imagePath(_ annotation: VOCAnnotation) -> String? {
    var candidates = images
    if let imageFolder, let filename = annotation.filename, !filename.contains("/") {
      candidates.append("\(imageFolder)/\(filename)")
    }
    return candidates.first { FileManager.default.fileExists(atPath: $0) }
  }
}
