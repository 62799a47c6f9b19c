import Files
import Foundation
import ImageFiles
import MultiBox

/// From annotations in their files' terms to images with boxes in pixels: finds the pictures, reads
/// their sizes, maps classes, turns, clips and drops boxes, and reports. The same for all layouts.
struct SplitAssembly {
  private let content: SplitContent
  private let finder: ImageFinder
  private let root: String
  private let maximumPixels: Int
  private let others: (claims: PictureClaims, split: String)?
  private let otherLabels: OtherLabels

  /// - Parameters:
  ///   - maximumPixels: of an image; nil takes the usual number.
  ///   - others: what the other splits say, and the name of this one; nil where there are none.
  init(
    _ content: SplitContent, of place: DatasetPlace, finder: ImageFinder, maximumPixels: Int?,
    others: (claims: PictureClaims, split: String)? = nil
  ) {
    self.others = others
    self.content = content
    self.finder = finder
    self.maximumPixels = maximumPixels ?? ImageFile.usualMaximumPixels
    root = place.folder
    otherLabels = OtherLabels(place)
  }

  /// What reading one annotation and one header gives.
  private struct Part {
    var annotated: AnnotatedImage?
    var source: DatasetImage.Source?
    var likeness = ImageFinder.Likeness.all
    var size = PixelSize(width: 1, height: 1)
    var orientation = EXIFOrientation.upright
    var report = DatasetReport()
  }

  /// Loads the split.
  ///
  /// - Parameters:
  ///   - classNames: of a run; nil takes those that the files have.
  ///   - path: what an error calls the dataset.
  ///   - report: takes what was found.
  func dataset(
    classNames: ClassNames?, path: String, report: inout DatasetReport
  ) throws -> DetectionDataset {
    let parts = try readParts()
    for part in parts { report.add(part.report) }
    let names = classNames ?? foundNames(parts)
    // A split of no images, as the seeded test split of one image, and one of images without labels
    // have no class to miss.
    let isUnlabeled =
      content.classNames == nil && parts.allSatisfy { $0.annotated?.isUnlabeled ?? false }
    guard !names.isEmpty || isUnlabeled else {
      throw DatasetError.noClasses(path: path, report)
    }
    let classes = ClassMap(content.classNames ?? [], to: names)
    var images: [DatasetImage] = []
    var seen: Set<String> = []
    let best = try bestLikenesses(parts)
    let taken = try others?.claims.picturesOfEarlierSeededSplits(than: others?.split ?? "") ?? []
    for part in parts {
      guard let annotated = part.annotated, let source = part.source, let size = part.size else {
        continue
      }
      if let path = source.file, let best = best[path], part.likeness < best {
        report.add(
          .missingFile, annotated.written,
          "no such image of \(annotated.annotation); \(path) is of its name, and another's")
        continue
      }
      if let path = source.file, taken.contains(path) {
        report.add(.duplicate, path, "an image of \(annotated.annotation) that train has as well")
        continue
      }
      if let path = source.file, !seen.insert(path).inserted {
        report.add(.duplicate, path, "an image of \(annotated.annotation) that stands there twice")
        continue
      }
      if annotated.isUnlabeled {
        if let other = source.file.flatMap(otherLabels.file) {
          report.add(
            .unreadableAnnotation, source.file ?? annotated.name, OtherLabels.reason(other))
          continue
        }
        report.add(.unlabeledImage, source.file ?? annotated.name, "no labels")
      }
      var objects = GroundTruthCollector(
        file: annotated.annotation, width: size.width, height: size.height)
      for object in annotated.objects {
        let classIndices = classes[object.label]
        if classIndices.isEmpty {
          report.add(
            .unknownName, annotated.annotation,
            "\(object.place): expected one of \(names.listed),"
              + " found \(classes.name(object.label))")
        }
        // A region of every class is one finding.
        var found = DatasetReport()
        for classIndex in classIndices {
          found = DatasetReport()
          objects.add(
            LabeledPixelBox(
              box: object.shape.box(size, part.orientation), classIndex: classIndex,
              isDifficult: object.isDifficult, isCrowd: object.isCrowd),
            place: object.place, written: object.written, area: object.area,
            boxArea: object.boxArea, report: &found)
        }
        report.add(found)
      }
      if part.orientation != .upright { report.add(.turnedImage) }
      let hasAreas = annotated.objects.contains { $0.area != nil || $0.boxArea != nil }
      var image = DatasetImage(
        name: annotated.name, source: source, width: size.width, height: size.height,
        groundTruth: objects.groundTruth, areas: hasAreas ? objects.areas : nil,
        boxAreas: hasAreas ? objects.boxAreas : nil)
      image.isUnlabeled = annotated.isUnlabeled
      images.append(image)
    }
    makeNamesUnique(&images)
    return DetectionDataset(classNames: names, images: images)
  }

  /// Of pictures that an annotation does not lead to by all that it says, how well one does.
  private func bestLikenesses(_ parts: [Part]) throws -> [String: ImageFinder.Likeness] {
    let unsure = Set(parts.lazy.filter { $0.likeness < .all }.compactMap(\.source?.file))
    guard !unsure.isEmpty else { return [:] }
    var best = try (others?.claims.pictures(besides: others?.split ?? "") ?? [:])
      .filter { unsure.contains($0.key) }
    for part in parts {
      guard let path = part.source?.file, unsure.contains(path) else { continue }
      best[path] = max(best[path] ?? .name, part.likeness)
    }
    return best
  }

  /// The files' own list, else the names that objects have, sorted.
  private func foundNames(_ parts: [Part]) -> ClassNames {
    if let own = content.classNames { return ClassNames(own) }
    var names: Set<String> = []
    for object in parts.lazy.compactMap(\.annotated).flatMap(\.objects) {
      if case .name(let name) = object.label { names.insert(name) }
    }
    return ClassNames(names.sorted())
  }

  /// Reads annotations and headers, on all cores.
  private func readParts() throws -> [Part] {
    try concurrentMap(
      count: content.imageCount, threadCount: ProcessInfo.processInfo.activeProcessorCount
    ) { index in
      Result { try readPart(index) }
    }.map { try $0.get() }
  }

  private func readPart(_ index: Int) throws -> Part {
    var part = Part()
    guard let annotated = try content.image(index, report: &part.report) else { return part }
    switch annotated.picture {
    case .generated(let source):
      part.source = source
      part.size = annotated.size
    case .file(let path): read(.file(path: path), annotated, &part)
    case .embedded(let picture): read(.embedded(picture), annotated, &part)
    case .written(let written, _):
      if let found = finder.picture(of: annotated) {
        part.likeness = found.likeness
        read(.file(path: found.path), annotated, &part)
      } else {
        reportMissing(written, annotated, &part)
      }
    }
    part.annotated = annotated
    return part
  }

  /// An image of a kind that is not read here is there, under another ending.
  private func reportMissing(
    _ written: String, _ annotated: AnnotatedImage, _ part: inout Part
  ) {
    if let other = finder.unreadPicture(written) {
      part.report.add(
        .unreadableImage, "\(root)/\(other)",
        "a format that is not read; an image of \(annotated.annotation)")
      return
    }
    let count = finder.count(of: written)
    part.report.add(
      .missingFile, written.isEmpty ? annotated.annotation : written,
      "no such image of \(annotated.annotation)"
        + (count > 1 ? "; \(count) files have its name, --images names the folder" : "")
        + (annotated.absence.map { "; \($0)" } ?? ""))
  }

  private func read(
    _ source: DatasetImage.Source, _ annotated: AnnotatedImage, _ part: inout Part
  ) {
    let name = source.file ?? annotated.name
    let found: (width: Int, height: Int)
    do {
      found = try source.size(maximumPixels)
    } catch {
      let reason = (error as? ImageError)?.reason ?? (error as? FileError)?.reason ?? "\(error)"
      part.report.add(
        reason == "no such file" ? .missingFile : .unreadableImage, name, reason)
      return
    }
    part.size = PixelSize(width: found.width, height: found.height)
    if let size = annotated.size, size != part.size {
      let orientation = source.orientation()
      guard size.width == found.height, size.height == found.width, orientation.swapsSides else {
        part.report.add(
          .sizeMismatch, name,
          "\(found.width) × \(found.height); \(annotated.annotation) says"
            + " \(size.width) × \(size.height)")
        return
      }
      part.orientation = orientation
    }
    part.source = source
  }

  /// Images of one name get the folders of their path that tell them apart: `camera-2/001`.
  private func makeNamesUnique(_ images: inout [DatasetImage]) {
    let groups = Dictionary(grouping: images.indices) { images[$0].name }
    guard groups.count < images.count else { return }
    var used = Set(groups.filter { $0.value.count == 1 }.keys)
    // All images of a file of records may have one name.
    var numbers: [String: Int] = [:]
    for group in groups.sorted(by: { $0.key < $1.key }).map(\.value) where group.count > 1 {
      let paths = group.map { index -> [Substring] in
        guard case .file(let path) = images[index].source else { return [images[index].name[...]] }
        return path.withoutExtension.split(separator: "/")
      }
      // As few folders as tell as many apart as all would: none of the machine, but where the
      // dataset's are alike. Pictures of one stem in one folder get numbers.
      let apart = Set(paths).count
      let count = (1...max(paths.map(\.count).max() ?? 1, 1)).first { count in
        Set(paths.map { $0.suffix(count) }).count == apart
      }
      for (index, path) in zip(group, paths) {
        let name = path.suffix(count ?? 1).joined(separator: "/")
        var unique = name
        var number = numbers[name] ?? 2
        while !used.insert(unique).inserted {
          unique = "\(name)-\(number)"
          number += 1
        }
        numbers[name] = number
        images[index].name = unique
      }
    }
  }
}

extension DatasetImage.Source {
  /// Width and height of the upright picture, from its header.
  fileprivate func size(_ maximumPixels: Int) throws -> (width: Int, height: Int) {
    switch self {
    case .file(let path): return try ImageFile.size(path, maximumPixels: maximumPixels)
    case .embedded(let part):
      return try ImageFile.size(
        of: part.contents(), path: part.description, maximumPixels: maximumPixels)
    case .generated(let make):
      let image = make()
      return (image.width, image.height)
    }
  }

  fileprivate func orientation() -> EXIFOrientation {
    switch self {
    case .file(let path): ImageFile.orientation(path)
    case .embedded(let part): (try? part.contents()).map(ImageFile.orientation) ?? .upright
    case .generated: .upright
    }
  }
}

extension AnnotatedObject.Shape {
  /// The box in pixels of the upright picture.
  ///
  /// - Parameters:
  ///   - size: of the upright picture.
  ///   - orientation: of a picture whose boxes were drawn as it is stored.
  fileprivate func box(_ size: PixelSize, _ orientation: EXIFOrientation) -> PixelBox {
    let stored =
      orientation.swapsSides
      ? (width: size.height, height: size.width) : (width: size.width, height: size.height)
    let box =
      switch self {
      case .pixels(let box): box
      case .shares(let box): box.inPixels(width: stored.width, height: stored.height)
      }
    // Turning sorts corners, and a box whose corners are the wrong way round is none.
    guard box.hasArea else { return box }
    return orientation.applied(to: box, width: stored.width, height: stored.height)
  }
}

/// From the classes of files to those of a dataset.
private struct ClassMap {
  private let own: [String]
  private let numbers: [Int?]
  private let names: [String: Int]
  private let all: [Int]

  /// Classes of one name are told apart by their order.
  init(_ own: [String], to names: ClassNames) {
    self.own = own
    var places: [String: [Int]] = [:]
    for index in names.indices { places[names[index], default: []].append(index) }
    var taken: [String: Int] = [:]
    numbers = own.map { name in
      guard let ofName = places[name] else { return nil }
      defer { taken[name, default: 0] += 1 }
      return ofName[min(taken[name] ?? 0, ofName.count - 1)]
    }
    self.names = places.compactMapValues(\.first)
    all = Array(names.indices)
  }

  subscript(label: AnnotatedObject.Label) -> [Int] {
    switch label {
    case .name(let name): names[name].map { [$0] } ?? []
    case .number(let number):
      own.indices.contains(number - 1) ? numbers[number - 1].map { [$0] } ?? [] : []
    case .every: all
    }
  }

  func name(_ label: AnnotatedObject.Label) -> String {
    switch label {
    case .name(let name): name
    case .number(let number):
      own.indices.contains(number - 1) ? own[number - 1] : "class number \(number)"
    case .every: "every class"
    }
  }
}
