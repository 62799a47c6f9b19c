import ArgumentParser
import MultiBox

extension EvaluateOptions.Measure {
  /// The options of COCO's measures, and whether each was given.
  var cocoOptions: [(name: String, isGiven: Bool)] {
    [
      ("--iou-thresholds", iouThresholds != nil), ("--area-ranges", areaRanges != nil),
      ("--max-detections", maxDetections != nil),
    ]
  }

  /// Returns COCO's measures, with thresholds, ranges and limits as the options say.
  ///
  /// - Throws: a usage error naming the option, expected and found.
  func coco(classCount: Int, threadCount: Int) throws -> COCOAveragePrecision {
    try COCOAveragePrecision(
      classCount: classCount, threadCount: threadCount,
      iouThresholds: iouThresholds.map(Self.thresholds) ?? COCOAveragePrecision.usualIoUThresholds,
      areaRanges: areaRanges.map(Self.ranges) ?? COCOAreaRange.sizes,
      detectionLimits: maxDetections.map(Self.limits) ?? COCOAveragePrecision.usualDetectionLimits)
  }

  private static func parts(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private static func thresholds(_ text: String) throws -> [Double] {
    let values = parts(text).map { Double($0) ?? .nan }
    try require(
      values.allSatisfy { $0 > 0 && $0 <= 1 } && Set(values).count == values.count,
      "--iou-thresholds", "different numbers above 0, to 1, with commas between them", text)
    return values
  }

  private static func limits(_ text: String) throws -> [Int] {
    let values = parts(text).map { Int($0) ?? 0 }
    try require(
      values[0] > 0 && zip(values, values.dropFirst()).allSatisfy { $0 < $1 },
      "--max-detections", "rising whole numbers from 1, with commas between them", text)
    return values
  }

  private static func ranges(_ text: String) throws -> [COCOAreaRange] {
    let ranges = parts(text).map(range)
    let names = Set(ranges.compactMap(\.?.name))
    try require(
      !ranges.contains(nil) && names.count == ranges.count
        && !names.contains(COCOAreaRange.all.name),
      "--area-ranges",
      "different names, each with its areas in pixels², as small:0-1024,large:9216- (all is"
        + " measured anyway)", text)
    return ranges.compactMap(\.self)
  }

  /// - Returns: nil for what is not as `small:0-1024`; without a last number a range has no end.
  private static func range(_ text: String) -> COCOAreaRange? {
    guard let match = text.wholeMatch(of: /(\p{L}[^:,]*):([0-9.e]+)-([0-9.e]*)/),
      let low = Double(match.2),
      let high = match.3.isEmpty ? COCOAreaRange.largestArea : Double(match.3), low <= high
    else { return nil }
    return COCOAreaRange(name: String(match.1), bounds: low...high)
  }
}
