import Foundation

/// Files of records that are parts of one: `train.record-00000-of-00010` and nine more.
struct TFRecordShards {
  private struct Whole: Hashable {
    let folder: String
    let before: Substring
    let count: Substring
    let behind: Substring
  }

  private struct Shard {
    let number: Int
    let digits: Int
    let file: String
  }

  /// A part of which others are there.
  struct Gap {
    /// The path that it would have.
    let path: String
    /// One of the others.
    let beside: String
    /// How many are there.
    let found: Int
    /// How many there should be.
    let count: Int
  }

  private static var number: Regex<(Substring, Substring, Substring)> {
    /-([0-9]+)-of-([0-9]+)/
  }

  /// The first part that is not there of each whole, sorted.
  let gaps: [Gap]

  /// - Parameter files: paths of files of records.
  init(_ files: [String]) {
    var shards: [Whole: [Shard]] = [:]
    for file in files {
      let name = file.lastPart
      guard let found = name.firstMatch(of: Self.number), let number = Int(found.1) else {
        continue
      }
      let whole = Whole(
        folder: file.parentFolder, before: name[..<found.range.lowerBound], count: found.2,
        behind: name[found.range.upperBound...])
      shards[whole, default: []].append(
        Shard(number: number, digits: found.1.count, file: file))
    }
    gaps = shards.compactMap(Self.gap).sorted { $0.path < $1.path }
  }

  /// A name of a file without its number among others.
  static func withoutNumber(_ name: String) -> String { name.replacing(number, with: "") }

  private static func gap(in whole: Whole, _ shards: [Shard]) -> Gap? {
    let numbers = Set(shards.map(\.number))
    guard let count = Int(whole.count), numbers.count < count, let shard = shards.first else {
      return nil
    }
    // Some count from 1.
    var missing = numbers.contains(count) ? 1 : 0
    while numbers.contains(missing) { missing += 1 }
    let digits = String(missing)
    let number = String(repeating: "0", count: max(shard.digits - digits.count, 0)) + digits
    return Gap(
      path: "\(whole.folder)/\(whole.before)-\(number)-of-\(whole.count)\(whole.behind)",
      beside: shard.file, found: numbers.count, count: count)
  }
}
