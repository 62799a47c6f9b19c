import Foundation
import ImageFiles
import MultiBox

/// From annotations in their files' terms to images with boxes in pixels: finds the pictures, reads
/// their sizes, maps classes, turns, clips and drops boxes, and reports. The same for all layouts.
struct SplitAssembly {
  private let content: SplitContent
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

  /// Loads the split.
  ///
  /// - Parameters:
  ///   - classNames: of a run; nil takes those that the files have.
  ///   - path: what an error calls the dataset.
  ///   - report: takes what was found.
  func dataset(
    classNames: ClassNames?, path: String, report: inout DatasetReport
  ) throws -> DetectionDataset {
    let listed = classNames ?? content.classNames.map { ClassNames($0) }
    let truths = RecordTruths(own: content.classNames, names: listed)
    var parts = try reader.images(of: content, truths)
    for part in parts {
      // What was changed in an image that is left out is in nothing that is counted.
      let isKept = part.annotated != nil && part.source != nil && part.size != nil
      report.add(isKept ? part.report : DatasetReport(problems: part.report.problems))
    }
    let names = listed ?? foundNames(parts, truths)
    // A split of no images, as the seeded test split of one image, and one of images without labels
    // have no class to miss.
    let isUnlabeled =
      content.classNames == nil && parts.allSatisfy { $0.annotated?.isUnlabeled ?? false }
    guard !names.isEmpty || isUnlabeled else {
      throw DatasetError.noClasses(path: path, report)
    }
    let classes = ClassMap(content.classNames ?? [], to: names)
    var images: [DatasetImage] = []
    let best = try bestLikenesses(parts)
    let taken = try others?.claims.picturesOfEarlierSeededSplits(than: others?.split ?? "") ?? []
    // Places in the parts, which are not copied: there may be a million.
    var kept: [Int] = []
    var numbers: [String: Int] = [:]
    for place in parts.indices {
      let part = parts[place]
      guard let annotated = part.annotated, let source = part.source, part.size != nil else {
        continue
      }
      let path = source.isRecord ? nil : source.file
      if let path, let best = best[path], part.likeness < best {
        report.add(
          .missingFile, annotated.written,
          "no such image of \(annotated.annotation); \(path) is of its name, and another's")
        continue
      }
      if let path, taken.contains(path) {
        report.add(.duplicate, path, "an image of \(annotated.annotation) that train has as well")
        continue
      }
      guard let path, let number = numbers[path] else {
        if let path { numbers[path] = place }
        kept.append(place)
        continue
      }
      // Of two files, or of two names that are not all so, one may mean another picture.
      if let known = parts[number].annotated, known.annotation == annotated.annotation,
        known.written == annotated.written || min(parts[number].likeness, part.likeness) == .all,
        parts[number].orientation == part.orientation
      {
        parts[number].annotated = .joined([known, annotated], report: &report)
      } else {
        report.add(.duplicate, path, "an image of \(annotated.annotation) that stands there twice")
      }
    }
    let doubtful = doubtfulTurns(kept.lazy.map { [parts] in parts[$0] })
    let renumber = truths.renumbering(to: names)
    images.reserveCapacity(kept.count)
    for place in kept {
      let part = parts[place]
      // Its annotation is not needed any more.
      parts[place] = LocatedImage()
      guard let annotated = part.annotated, let source = part.source, let size = part.size else {
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
      var truth =
        part.truth
        ?? ImageTruth(
          annotated, size: size, orientation: part.orientation, names: names,
          nameOf: classes.name, numbersOf: { classes[$0] })
      if part.truth != nil { renumber(&truth) }
      report.add(truth.report)
      if part.orientation != .upright { report.add(.turnedImage) }
      var image = DatasetImage(
        name: annotated.name, source: source, width: size.width, height: size.height,
        groundTruth: truth.groundTruth, areas: truth.areas, boxAreas: truth.boxAreas)
      image.isUnlabeled = annotated.isUnlabeled
      images.append(image)
    }
    report.add(doubtful)
    images.makeNamesUnique()
    return DetectionDataset(classNames: names, images: images)
  }

  /// Where labels of some images were drawn before their EXIF orientation, names those that have
  /// one and whose size is the same before and after: nothing says how their labels were drawn.
  private func doubtfulTurns(_ parts: some Sequence<LocatedImage>) -> DatasetReport {
    var report = DatasetReport()
    guard parts.contains(where: { $0.orientation != .upright }) else { return report }
    let asked = parts.filter { $0.orientation == .upright && $0.isOfObjects }
    let orientations = concurrentMap(
      count: asked.count, threadCount: ProcessInfo.processInfo.activeProcessorCount
    ) { asked[$0].source?.orientation() ?? .upright }
    for (part, orientation) in zip(asked, orientations) where orientation != .upright {
      let saysSize = part.annotated?.size != nil && part.size?.width != part.size?.height
      guard let annotated = part.annotated, !(saysSize && orientation.swapsSides) else { continue }
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
  private func bestLikenesses(_ parts: [LocatedImage]) throws -> [String: ImageFinder.Likeness] {
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
  private func foundNames(_ parts: [LocatedImage], _ truths: RecordTruths) -> ClassNames {
    var names = Set(truths.names)
    for object in parts.lazy.compactMap(\.annotated).flatMap(\.objects) {
      if case .name(let name) = object.label { names.insert(name) }
    }
    return ClassNames(names.sorted())
  }
}
