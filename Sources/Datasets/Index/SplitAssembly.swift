import Files
import ImageFiles
import MultiBox

/// From annotations in their files' terms to images with boxes in pixels: finds the pictures, reads
/// their sizes, maps classes, turns, clips and drops boxes, and reports. The same for all layouts.
struct SplitAssembly {
  /// Without its images when those that stay are known.
  private var content: SplitContent
  private let reader: LocatedImageReader
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
    reader = LocatedImageReader(
      finder: finder, root: place.folder,
      maximumPixels: maximumPixels ?? ImageFile.usualMaximumPixels)
    otherLabels = OtherLabels(place)
  }

  /// Loads the split, once.
  ///
  /// - Parameters:
  ///   - classNames: of a run; nil takes those that the files have.
  ///   - path: what an error calls the dataset.
  ///   - report: takes what was found.
  mutating func dataset(
    classNames: ClassNames?, path: String, report: inout DatasetReport
  ) throws -> DetectionDataset {
    let listed = classNames ?? content.classNames.map { ClassNames($0) }
    let truths = ImageTruths(own: content.classNames, names: listed)
    var parts = try reader.images(of: content, truths)
    for part in parts {
      guard let told = part.told, !told.report.isEmpty else { continue }
      // What was changed in an image that is left out is in nothing that is counted.
      report.add(told.isThere ? told.report : DatasetReport(problems: told.report.problems))
    }
    let names = listed ?? foundNames(parts, truths)
    // A split of no images, as the seeded test split of one image, and one of images without labels
    // have no class to miss.
    let isUnlabeled = content.classNames == nil && parts.allSatisfy(\.isUnlabeled)
    guard !names.isEmpty || isUnlabeled else {
      throw DatasetError.noClasses(path: path, report)
    }
    let kept = try keptPlaces(of: &parts, report: &report)
    let doubtful = try doubtfulTurns(kept, of: parts)
    // No annotation is read again: what a file of a million says makes room for the images.
    content = SplitContent(classNames: content.classNames, images: [])
    let images = images(kept, of: &parts, truths, names: names, report: &report)
    report.add(doubtful)
    return DetectionDataset(classNames: names, images: images)
  }

  /// The places of the images that stay, which are not copied: there may be a million. What several
  /// annotations say of one picture is joined, or left out and told.
  private func keptPlaces(
    of parts: inout [KeptImage], report: inout DatasetReport
  ) throws -> [Int] {
    let best = try bestLikenesses(parts)
    let taken = try others?.claims.picturesOfEarlierSeededSplits(than: others?.split ?? "") ?? []
    var kept: [Int] = []
    kept.reserveCapacity(parts.count)
    let repeated = repeatedPaths(parts)
    var numbers: [String: Int] = [:]
    for place in parts.indices where parts[place].isThere {
      guard let source = parts[place].source else { continue }
      guard !source.isRecord, let path = source.file else {
        kept.append(place)
        continue
      }
      if let best = best[path], parts[place].likeness < best {
        let annotated = try annotation(place, of: parts)
        report.add(
          .missingFile, annotated.written,
          "no such image of \(annotated.annotation); \(path) is of its name, and another's")
        continue
      }
      if taken.contains(path) {
        let annotated = try annotation(place, of: parts)
        report.add(.duplicate, path, "an image of \(annotated.annotation) that train has as well")
        continue
      }
      guard repeated.contains(path.hashValue) else {
        kept.append(place)
        continue
      }
      guard let number = numbers[path] else {
        numbers[path] = place
        kept.append(place)
        continue
      }
      try join(place, to: number, of: &parts, path: path, report: &report)
    }
    return kept
  }

  /// The hashes of paths that several pictures have; mostly there are none, and no table of a
  /// million paths is made.
  private func repeatedPaths(_ parts: [KeptImage]) -> Set<Int> {
    let hashes = parts.lazy.compactMap(\.source).filter { !$0.isRecord }
      .compactMap(\.file?.hashValue).sorted()
    return Set(zip(hashes, hashes.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
  }

  /// Adds what another annotation says of a picture, or tells why not.
  private func join(
    _ place: Int, to number: Int, of parts: inout [KeptImage], path: String,
    report: inout DatasetReport
  ) throws {
    let annotated = try annotation(place, of: parts)
    // Of two files, or of two names that are not all so, one may mean another picture.
    guard parts[number].isThere, case let known = try annotation(number, of: parts),
      known.annotation == annotated.annotation,
      known.written == annotated.written
        || min(parts[number].likeness, parts[place].likeness) == .all,
      parts[number].orientation == parts[place].orientation
    else {
      report.add(.duplicate, path, "an image of \(annotated.annotation) that stands there twice")
      return
    }
    var joined = LocatedImage()
    joined.annotated = .joined([known, annotated], report: &report)
    joined.source = parts[number].source
    joined.size = parts[number].size
    joined.likeness = parts[number].likeness
    joined.orientation = parts[number].orientation
    parts[number] = .told(joined)
  }

  /// An annotation with its objects; of one whose objects were taken they are read again.
  private func annotation(_ place: Int, of parts: [KeptImage]) throws -> AnnotatedImage {
    if let told = parts[place].told, told.truth == nil, let annotated = told.annotated {
      return annotated
    }
    // What there is to report of it was found the first time.
    var known = DatasetReport()
    guard let annotated = try content.image(place, report: &known) else {
      throw FileError(
        path: parts[place].source?.file ?? "", reason: "its annotation changed while it was read")
    }
    return annotated
  }

  /// The images of places, which are empty after that.
  private func images(
    _ kept: [Int], of parts: inout [KeptImage], _ truths: ImageTruths, names: ClassNames,
    report: inout DatasetReport
  ) -> [DatasetImage] {
    let classes = ClassMap(content.classNames ?? [], to: names)
    let renumber = truths.renumbering(to: names)
    var images: [DatasetImage] = []
    images.reserveCapacity(kept.count)
    for place in kept {
      let part = parts[place]
      // It is not needed any more.
      parts[place] = .none
      if part.isUnlabeled, let file = part.source?.file, let other = otherLabels.file(of: file) {
        report.add(.unreadableAnnotation, file, OtherLabels.reason(other))
        continue
      }
      var image: DatasetImage
      switch part {
      case .plain(let made):
        image = made
        renumber?(&image.groundTruth)
      case .told(let located):
        guard let annotated = located.annotated, let size = located.size else { continue }
        let truth =
          located.truth
          ?? ImageTruth(
            annotated, size: size, orientation: located.orientation, names: names,
            nameOf: classes.name, numbersOf: { classes[$0] })
        guard let made = located.image(of: truth) else { continue }
        image = made
        if located.truth != nil { renumber?(&image.groundTruth) }
        report.add(truth.report)
        if located.orientation != .upright { report.add(.turnedImage) }
      }
      if image.isUnlabeled {
        report.add(.unlabeledImage, image.source.file ?? image.name, "no labels")
      }
      images.append(image)
    }
    images.makeNamesUnique()
    return images
  }

  /// Where labels of some images were drawn before their EXIF orientation, names those that have
  /// one and whose size is the same before and after: nothing says how their labels were drawn.
  private func doubtfulTurns(_ kept: [Int], of parts: [KeptImage]) throws -> DatasetReport {
    var report = DatasetReport()
    guard kept.contains(where: { parts[$0].orientation != .upright }) else { return report }
    let asked = kept.filter { parts[$0].orientation == .upright && parts[$0].isOfObjects }
    let orientations = concurrentMap(
      count: asked.count, threadCount: AvailableProcessors.count
    ) { parts[asked[$0]].source?.orientation() ?? .upright }
    for (place, orientation) in zip(asked, orientations) where orientation != .upright {
      let part = parts[place]
      let annotated = try annotation(place, of: parts)
      let saysSize = annotated.size != nil && part.size?.width != part.size?.height
      guard !(saysSize && orientation.swapsSides) else { continue }
      report.add(
        .disagreement, part.source?.file ?? annotated.name, Self.doubtfulTurn("other images"))
    }
    return report
  }

  /// Says that nobody knows whether an image's labels were drawn before it was turned.
  ///
  /// - Parameter others: whose labels were.
  static func doubtfulTurn(_ others: String) -> String {
    "to be turned by EXIF; labels of \(others) were drawn before that, and nothing says whether its"
      + " own were: they stay as they are"
  }

  /// Of pictures that an annotation does not lead to by all that it says, how well one does.
  private func bestLikenesses(_ parts: [KeptImage]) throws -> [String: ImageFinder.Likeness] {
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

  /// The names that objects have, sorted.
  private func foundNames(_ parts: [KeptImage], _ truths: ImageTruths) -> ClassNames {
    var names = Set(truths.names)
    for object in parts.lazy.compactMap(\.told?.annotated).flatMap(\.objects) {
      if case .name(let name) = object.label { names.insert(name) }
    }
    return ClassNames(names.sorted())
  }
}
