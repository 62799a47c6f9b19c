/// The detections of one class in all images by falling score, right or wrong; ignored ones are
/// left out.
struct RankedVerdicts {
  struct Entry {
    let score: Double
    let isRight: Bool
  }

  let objectCount: Int
  /// By falling score; equal scores keep the order given.
  let entries: [Entry]

  init(objectCount: Int, entries: [Entry]) {
    self.objectCount = objectCount
    self.entries = entries.indices.sorted {
      entries[$0].score > entries[$1].score
        || (entries[$0].score == entries[$1].score && $0 < $1)
    }.map { entries[$0] }
  }

  /// COCO's average precision: the mean of the best precision at recall 0, .01 … 1 or higher; nil
  /// where nothing is to be found.
  var averagePrecision: Double? {
    guard objectCount > 0 else { return nil }
    var atFound: [Double] = []
    for (index, entry) in entries.enumerated() where entry.isRight {
      atFound.append(Double(atFound.count + 1) / Double(index + 1))
    }
    let precision = COCOAveragePrecision.interpolated(atFound, objectCount: objectCount)
    return precision.reduce(0, +) / Double(precision.count)
  }

  /// Returns those of all classes, class c at index c − 1.
  static func ofClasses(
    _ images: [(image: EvaluationImage, matching: DetectionMatching)], classCount: Int
  ) -> [RankedVerdicts] {
    var objectCounts = [Int](repeating: 0, count: classCount)
    var entries = [[Entry]](repeating: [], count: classCount)
    for (image, matching) in images {
      for object in image.objects where object.counts && isClass(object.classIndex) {
        objectCounts[object.classIndex - 1] += 1
      }
      for index in matching.order where isClass(image.detections[index].classIndex) {
        let detection = image.detections[index]
        switch matching.verdicts[index] {
        case .ignored: continue
        case .wrong:
          entries[detection.classIndex - 1].append(Entry(score: detection.score, isRight: false))
        case .right:
          entries[detection.classIndex - 1].append(Entry(score: detection.score, isRight: true))
        }
      }
    }
    func isClass(_ index: Int) -> Bool { 1 <= index && index <= classCount }
    return zip(objectCounts, entries).map { RankedVerdicts(objectCount: $0, entries: $1) }
  }
}
