import Files
import Foundation
import MultiBox

/// The classes that are kept of a dataset, and the names that they get: `car,truck=car,person`.
///
/// A name keeps a class, `a=b` keeps class a as b, where several may become one; what is not named
/// is left out. Behind a backslash a comma, or an equals sign, is part of a name.
public struct ClassChoice: Hashable, Sendable {
  /// The names of the new classes, in the order of the text.
  public let names: ClassNames
  private let targets: [String: String]

  /// Parses a choice.
  ///
  /// - Parameter text: names and pairs, with commas between them.
  /// - Throws: ``DatasetError/invalidClasses(text:reason:)``.
  public init(_ text: String) throws(DatasetError) {
    var targets: [String: String] = [:]
    var names: [String] = []
    for part in text.parts(between: ",") {
      let pair = part.parts(between: "=", atMost: 2).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      let target = pair.count == 2 ? pair[1] : pair[0]
      guard !pair[0].isEmpty, !target.isEmpty else {
        throw .invalidClasses(text: text, reason: "expected a name, or old=new, found \(part)")
      }
      guard targets.updateValue(target, forKey: pair[0]) == nil else {
        throw .invalidClasses(text: text, reason: "\(pair[0]) stands there twice")
      }
      if !names.contains(target) { names.append(target) }
    }
    self.targets = targets
    self.names = ClassNames(names)
  }

  /// Returns the dataset with these classes.
  ///
  /// - Parameter dataset: with classes of the old names.
  /// - Returns: the dataset, and for each class that was left out the number of its objects. A
  ///   region of several classes is left out where all of them are, and counts once, for the first.
  /// - Throws: ``DatasetError/invalidClasses(text:reason:)`` for an old name that it does not have.
  public func applied(
    to dataset: DetectionDataset
  ) throws(DatasetError) -> (dataset: DetectionDataset, leftOut: [String: Int]) {
    for name in targets.keys.sorted() where !dataset.classNames.contains(name) {
      throw .invalidClasses(
        text: name, reason: "expected one of \(dataset.classNames.listed)")
    }
    var leftOut: [String: Int] = [:]
    var result = dataset
    result.classNames = names
    for index in result.images.indices {
      let image = dataset.images[index]
      var kept: [Int] = []
      var groundTruth: [LabeledPixelBox] = []
      for (position, labeled) in image.groundTruth.enumerated() {
        let name = dataset.classNames[labeled.classIndex]
        guard let target = targets[name], let classIndex = names.firstIndex(of: target) else {
          if !labeled.isCrowd { leftOut[name, default: 0] += 1 }
          continue
        }
        var labeled = labeled
        labeled.classIndex = classIndex
        groundTruth.append(labeled)
        kept.append(position)
      }
      for region in image.regions {
        let names = region.classIndices.map { dataset.classNames[$0] }
        guard names.allSatisfy({ targets[$0] == nil }), let first = names.first else { continue }
        leftOut[first, default: 0] += 1
      }
      result.images[index].groundTruth = groundTruth
      result.images[index].areas = image.areas.map { areas in kept.map { areas[$0] } }
      result.images[index].boxAreas = image.boxAreas.map { areas in kept.map { areas[$0] } }
    }
    return (result, leftOut)
  }
}
