/// Pascal VOC's average precision at one IoU threshold.
///
/// Detections of a class go by falling score over all images, ties in the order given. Each looks
/// at the object of its image and class with the highest IoU (ties: the first): at or above the
/// threshold it is found, or false if the object was found before; below it is false. Difficult
/// objects are neither to be found nor do detections of them count; crowd regions are taken as
/// difficult. Boxes are continuous: no pixel is added to widths.
///
/// - SeeAlso: Everingham et al., "The Pascal Visual Object Classes Challenge", IJCV 2010, and its
///   development kit.
public struct VOCAveragePrecision: Hashable, Sendable {
  /// The way in which precision is averaged over recall.
  public enum Interpolation: Hashable, Sendable {
    /// VOC 2007: the mean of the best precision at recall 0, 0.1 … 1 or higher.
    case elevenPoints
    /// From VOC 2010: the area under the best precision at that recall or higher.
    case allPoints
  }

  /// The number of classes 1…classCount.
  public var classCount: Int
  /// The way in which precision is averaged over recall.
  public var interpolation: Interpolation
  /// The IoU from which a detection finds an object; 0.5 is VOC's.
  public var iouThreshold: Double

  /// Creates the measure.
  public init(classCount: Int, interpolation: Interpolation, iouThreshold: Double = 0.5) {
    self.classCount = classCount
    self.interpolation = interpolation
    self.iouThreshold = iouThreshold
  }

  /// The mean and the classes it is made of; −1 where nothing is to be found.
  public struct Summary: Hashable, Sendable, Codable {
    /// The mean over the classes that have objects.
    public var mAP: Double
    /// Average precision of each class, class c at index c − 1.
    public var perClass: [Double]
  }

  /// Measures all images.
  ///
  /// - Parameter images: by ascending id; equal scores of different images keep this order.
  public func summary(of images: [EvaluationImage]) -> Summary {
    let perClass = (1..<classCount + 1).map { averagePrecision(ofClass: $0, in: images) }
    let measured = perClass.filter { $0 >= 0 }
    return Summary(
      mAP: measured.isEmpty ? -1 : measured.reduce(0, +) / Double(measured.count),
      perClass: perClass)
  }

  private func averagePrecision(ofClass classIndex: Int, in images: [EvaluationImage]) -> Double {
    let objects = images.map { image in image.objects.filter { $0.classIndex == classIndex } }
    func counts(_ object: EvaluationObject) -> Bool { !object.isDifficult && !object.isCrowd }
    let objectCount = objects.reduce(0) { $0 + $1.count(where: counts) }
    guard objectCount > 0 else { return -1 }

    var ranked: [(image: Int, detection: EvaluationDetection)] = []
    for (image, entry) in images.enumerated() {
      for detection in entry.detections where detection.classIndex == classIndex {
        ranked.append((image, detection))
      }
    }
    let order = ranked.lazy.map(\.detection.score).fallingOrder
    var isFound = objects.map { [Bool](repeating: false, count: $0.count) }
    var found = 0
    var wrong = 0
    // Objects found so far and precision, after each detection that counts.
    var curve: [(found: Int, precision: Double)] = []
    for position in order {
      let (image, detection) = ranked[position]
      var best = (overlap: 0.0, index: -1)
      for (index, object) in objects[image].enumerated() {
        let overlap = object.box.intersectionOverUnion(detection.box)
        if overlap > best.overlap { best = (overlap, index) }
      }
      if best.index >= 0, best.overlap >= iouThreshold {
        if !counts(objects[image][best.index]) { continue }
        if isFound[image][best.index] {
          wrong += 1
        } else {
          isFound[image][best.index] = true
          found += 1
        }
      } else {
        wrong += 1
      }
      curve.append((found, Double(found) / Double(found + wrong)))
    }
    return average(curve, objectCount: objectCount)
  }

  private func average(_ curve: [(found: Int, precision: Double)], objectCount: Int) -> Double {
    // The best precision from here on.
    var envelope = curve.map(\.precision)
    for index in envelope.indices.dropLast().reversed() {
      envelope[index] = max(envelope[index], envelope[index + 1])
    }
    switch interpolation {
    case .elevenPoints:
      // Whole numbers: recall ≥ point/10 must not depend on how a tenth rounds.
      let precisions = (0...10).map { point in
        curve.firstIndex { $0.found * 10 >= point * objectCount }.map { envelope[$0] } ?? 0
      }
      return precisions.reduce(0, +) / 11
    case .allPoints:
      var area = 0.0
      var before = 0
      for (index, point) in curve.enumerated() where point.found > before {
        area += Double(point.found - before) / Double(objectCount) * envelope[index]
        before = point.found
      }
      return area
    }
  }
}
