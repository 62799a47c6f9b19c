import Datasets
import Files
import Foundation
import SSDReport

/// Images that look alike, by their names and splits.
struct NearDuplicateReport: Encodable {
  struct Pair: Encodable {
    let first: String
    let second: String
    let splits: [String]
    let similarity: Double
  }

  let pairs: [Pair]

  init(_ alike: NearDuplicates, _ parts: [DatasetPart]) {
    let images = parts.flatMap { part in part.dataset.images.map { (part.split, $0.name) } }
    pairs = alike.pairs.map { pair in
      let (one, other) = (images[pair.first], images[pair.second])
      return Pair(
        first: one.1, second: other.1, splits: [one.0, other.0], similarity: pair.similarity)
    }
  }

  var text: String {
    guard !pairs.isEmpty else { return "no images that are nearly the same" }
    let leaks = pairs.filter { $0.splits[0] != $0.splits[1] }
    // Those between splits first: they make a measurement look better than it is.
    let ordered = leaks + pairs.filter { $0.splits[0] == $0.splits[1] }
    let shown = ordered.prefix(10).map {
      "  \($0.splits[0])/\($0.first) and \($0.splits[1])/\($0.second)"
        + " (\(NumberStyle.measure.text($0.similarity)))"
    }
    return
      ([
        pairs.count.counted("pair|pairs of images that are nearly the same,")
          + " \(leaks.count) between splits:"
      ]
      + shown.map(\.shown) + (ordered.count > 10 ? ["  … and \(ordered.count - 10) more"] : []))
      .joined(separator: "\n")
  }
}
