import ImageFiles
import MultiBox
import Synchronization

/// The objects of one image in pixels of its upright picture, and what was found on the way.
struct ImageTruth: Sendable {
  /// The objects, by the numbers of their classes.
  var groundTruth: [LabeledPixelBox]
  /// As of ``DatasetImage/areas``.
  let areas: [Double]?
  /// As of ``DatasetImage/boxAreas``.
  let boxAreas: [Double]?
  /// What was left out and changed.
  let report: DatasetReport
  /// Whether the annotation has objects, also such as are left out.
  let isOfObjects: Bool

  /// Turns, clips and drops boxes.
  ///
  /// - Parameters:
  ///   - annotated: the image as its annotation has it.
  ///   - size: of the upright picture.
  ///   - orientation: of a picture whose boxes were drawn as it is stored.
  ///   - names: of the classes, for the report.
  ///   - nameOf: what the report calls a class that is none of these.
  ///   - numbersOf: the numbers of a class; none for one that is none of these.
  init(
    _ annotated: AnnotatedImage, size: PixelSize, orientation: EXIFOrientation,
    names: ClassNames, nameOf: (AnnotatedObject.Label) -> String,
    numbersOf: (AnnotatedObject.Label) -> [Int]
  ) {
    var report = DatasetReport()
    var objects = GroundTruthCollector(
      file: annotated.annotation, width: size.width, height: size.height,
      count: annotated.objects.count)
    for object in annotated.objects {
      let classIndices = numbersOf(object.label)
      if classIndices.isEmpty {
        report.add(
          .unknownName, annotated.annotation,
          "\(object.place): expected one of \(names.listed),"
            + " found \(nameOf(object.label))")
      }
      // A region of every class is one finding.
      var found = DatasetReport()
      for classIndex in classIndices {
        found = DatasetReport()
        objects.add(
          LabeledPixelBox(
            box: object.shape.box(size, orientation), classIndex: classIndex,
            isDifficult: object.isDifficult, isCrowd: object.isCrowd),
          place: object.place, written: object.written, area: object.area,
          boxArea: object.boxArea, report: &found)
      }
      report.add(found)
    }
    let hasAreas = annotated.objects.contains { $0.area != nil || $0.boxArea != nil }
    groundTruth = objects.groundTruth
    areas = hasAreas ? objects.areas : nil
    // Mostly they are the same, and then one list in memory.
    boxAreas = objects.boxAreas == objects.areas ? areas : hasAreas ? objects.boxAreas : nil
    isOfObjects = !annotated.objects.isEmpty
    self.report = report
  }
}

/// Makes the truth of images as their annotations are read: a million annotations at once, with
/// their places and numbers as texts for a report, would take three times the memory of what is
/// kept of them.
///
/// Of a picture that stands there twice the annotations are read again, and joined.
final class ImageTruths: Sendable {
  /// The classes; nil where the names of the objects are, which are known when all are read.
  private let classes: (map: ClassMap, names: ClassNames)?
  /// Numbers for names, as they came.
  private let met = Mutex([String: Int]())

  /// - Parameters:
  ///   - own: the files' list of classes.
  ///   - names: of the dataset; nil where the objects' names are its classes.
  init(own: [String]?, names: ClassNames?) {
    classes = names.map { (ClassMap(own ?? [], to: $0), $0) }
  }

  /// Takes the objects out of an annotation whose picture is there, and leaves their truth in their
  /// place.
  func convert(_ image: inout LocatedImage) {
    guard image.isThere, let annotated = image.annotated, let size = image.size else { return }
    if let classes {
      image.truth = ImageTruth(
        annotated, size: size, orientation: image.orientation, names: classes.names,
        nameOf: classes.map.name, numbersOf: { classes.map[$0] })
    } else {
      let isNamed = annotated.objects.allSatisfy {
        if case .name = $0.label { true } else { false }
      }
      guard isNamed else { return }
      image.truth = ImageTruth(
        annotated, size: size, orientation: image.orientation, names: [], nameOf: { _ in "" },
        numbersOf: number)
    }
    image.annotated?.objects = []
  }

  private func number(of label: AnnotatedObject.Label) -> [Int] {
    guard case .name(let name) = label else { return [] }
    return met.withLock { met in
      if let number = met[name] { return [number] }
      met[name] = met.count + 1
      return [met.count]
    }
  }

  /// The names that objects have, where they are the classes.
  var names: [String] { met.withLock { Array($0.keys) } }

  /// Gives the classes of truths, which have numbers as the names came, those of the dataset.
  ///
  /// - Parameter names: of the dataset.
  /// - Returns: what makes objects those of the dataset; nil where they are.
  func renumbering(to names: ClassNames) -> ((inout [LabeledPixelBox]) -> Void)? {
    guard classes == nil else { return nil }
    let map = ClassMap([], to: names)
    let met = met.withLock { $0 }
    var numbers = [Int](repeating: 0, count: met.count + 1)
    for (name, number) in met { numbers[number] = map[.name(name)].first ?? 0 }
    return { objects in
      for index in objects.indices {
        objects[index].classIndex = numbers[objects[index].classIndex]
      }
    }
  }
}

extension DatasetImage.Source {
  /// Whether the picture is one of the records of a file: no other annotation means the same.
  var isRecord: Bool {
    if case .embedded(let part) = self { part.encoding == .plain } else { false }
  }
}
