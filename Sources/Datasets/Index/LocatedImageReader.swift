import Files
import ImageFiles
import MultiBox
import Synchronization

/// Reads annotations, finds their pictures and reads the headers of these.
struct LocatedImageReader {
  private let finder: ImageFinder
  private let root: String
  private let maximumPixels: Int

  /// - Parameters:
  ///   - finder: finds the pictures.
  ///   - root: the folder of the dataset.
  ///   - maximumPixels: an image of more is left out.
  init(finder: ImageFinder, root: String, maximumPixels: Int) {
    self.finder = finder
    self.root = root
    self.maximumPixels = maximumPixels
  }

  /// Reads annotations and headers, on all cores; the images stand in the order of the split.
  ///
  /// - Parameters:
  ///   - content: the split.
  ///   - truths: takes the objects.
  /// - Throws: what reading the first of those threw that cannot be read.
  func images(of content: SplitContent, _ truths: ImageTruths) throws -> [KeptImage] {
    let failed = Mutex([Int: any Error]())
    // No results of errors, of which the images would be copied: there may be a million.
    let images = concurrentMap(
      count: content.imageCount, threadCount: AvailableProcessors.count
    ) { index -> KeptImage in
      do {
        var image = try image(index, of: content)
        truths.convert(&image)
        return KeptImage(image)
      } catch {
        failed.withLock { $0[index] = error }
        return .none
      }
    }
    let first = failed.withLock { failed in failed.min { $0.key < $1.key }?.value }
    if let first { throw first }
    return images
  }

  private func image(_ index: Int, of content: SplitContent) throws -> LocatedImage {
    var image = LocatedImage()
    guard let annotated = try content.image(index, report: &image.report) else { return image }
    switch annotated.picture {
    case .generated(let source):
      image.source = source
      image.size = annotated.size
    case .file(let path): read(.file(path: path), annotated, &image)
    case .embedded(let picture): read(.embedded(picture), annotated, &image)
    case .written(let written, _):
      if let found = finder.picture(of: annotated) {
        image.likeness = found.likeness
        read(.file(path: found.path), annotated, &image)
      } else {
        reportMissing(written, annotated, &image)
      }
    }
    image.annotated = annotated
    return image
  }

  /// An image of a kind that is not read here is there, under another ending.
  private func reportMissing(
    _ written: String, _ annotated: AnnotatedImage, _ image: inout LocatedImage
  ) {
    if let other = finder.unreadPicture(written) {
      image.report.add(
        .unreadableImage, "\(root)/\(other)",
        "a format that is not read; an image of \(annotated.annotation)")
      return
    }
    let others = finder.namesakes(of: written)
    let hint =
      switch others.count {
      case 0: ""
      case 1: "; \(others[0]) has its name, and another place"
      default: "; \(others.count) files have its name, --images names the folder"
      }
    image.report.add(
      .missingFile, written.isEmpty ? annotated.annotation : written,
      "no such image of \(annotated.annotation)"
        + hint + (annotated.absence.map { "; \($0)" } ?? ""))
  }

  private func read(
    _ source: DatasetImage.Source, _ annotated: AnnotatedImage, _ image: inout LocatedImage
  ) {
    let name = source.file ?? annotated.name
    let found: (width: Int, height: Int)
    do {
      found = try source.size(maximumPixels)
    } catch {
      let reason = (error as? ImageError)?.reason ?? (error as? FileError)?.reason ?? "\(error)"
      image.report.add(
        reason == "no such file" ? .missingFile : .unreadableImage, name, reason)
      return
    }
    image.size = PixelSize(width: found.width, height: found.height)
    // Drawn on, a photo is none without objects; labelled, it is what somebody wants.
    if annotated.isUnlabeled, let path = source.file, let mark = PictureMark.mark(in: path) {
      image.report.add(.unlistedImage, path, "drawn by \(mark.text)")
      return
    }
    if let size = annotated.size, size != image.size {
      let orientation = source.orientation()
      guard size.width == found.height, size.height == found.width, orientation.swapsSides else {
        image.report.add(
          .sizeMismatch, name,
          "\(found.width) × \(found.height); \(annotated.annotation) says"
            + " \(size.width) × \(size.height)")
        return
      }
      image.orientation = orientation
    }
    image.source = source
  }
}
