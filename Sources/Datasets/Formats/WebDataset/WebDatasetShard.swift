import Files
import Foundation
import ImageFiles

/// The samples of a shard: members of one key, which ends at the first point of a name's last part.
///
/// Members of a key need not stand together, as WebDataset's own readers want it: the heads are
/// read first, and bytes when they are asked for.
final class WebDatasetShard: Sendable {
  /// An image, its labels, or both.
  struct Sample: Hashable, Sendable {
    /// The path in the shard up to the point.
    let key: String
    /// The places of the bytes, from the first to behind the last.
    var picture: Range<Int>?
    var xml: Range<Int>?
    var json: Range<Int>?
    var text: Range<Int>?

    var isLabeled: Bool { xml != nil || json != nil || text != nil }

    /// The member that an ending says; nil for none that is read.
    fileprivate static func place(_ ending: String) -> WritableKeyPath<Sample, Range<Int>?>? {
      switch ending {
      case "xml": \.xml
      case "json": \.json
      case "txt": \.text
      default: ImageFile.extensions.contains(ending) ? \.picture : nil
      }
    }
  }

  /// The path.
  let path: String
  /// In the order of their first members.
  let samples: [Sample]
  /// What was left out.
  let report: DatasetReport

  /// Reads the heads of a shard.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - limit: how many members are looked at.
  /// - Throws: `FileError` where it cannot be read.
  init(_ path: String, limit: Int = .max) throws(FileError) {
    let file = try TarFile(path, limit: limit)
    self.path = path
    var samples: [Sample] = []
    var places: [String: Int] = [:]
    var report = DatasetReport()
    // Pictures that a sample without one may mean.
    var others: [Int: String] = [:]
    for member in file.members {
      let name = member.name.lastPart
      // As folders' files of this kind, which systems leave behind.
      guard !name.hasPrefix("."), let point = name.firstIndex(of: ".") else { continue }
      let key = String(member.name.dropLast(name.count)) + name[..<point]
      let ending = name[name.index(after: point)...].lowercased()
      let place = Sample.place(ending)
      guard place != nil || UnreadPictures.isPicture(name.fileExtension) else { continue }
      let index = Self.add(key, &samples, &places)
      guard let place else {
        others[index] = name
        continue
      }
      guard member.kind == .file else {
        report.add(
          .unreadableImage, "\(path)/\(member.name)",
          member.kind == .link
            ? "a link, which is not followed" : "a file with holes, which is not read")
        continue
      }
      guard samples[index][keyPath: place] == nil else {
        report.add(.duplicate, "\(path)/\(member.name)", "its key has such a member already")
        continue
      }
      samples[index][keyPath: place] = member.offset..<member.offset + member.size
    }
    for (index, name) in others.sorted(by: { $0.key < $1.key })
    where samples[index].picture == nil {
      report.add(
        .unlistedImage, "\(path)/\(samples[index].key)",
        "its picture \(name) is of a format that is not read, or a point is in its key")
    }
    if let fault = file.fault { report.add(.unreadableAnnotation, path, fault) }
    self.samples = samples
    self.report = report
  }

  private static func add(
    _ key: String, _ samples: inout [Sample], _ places: inout [String: Int]
  ) -> Int {
    if let index = places[key] { return index }
    places[key] = samples.count
    samples.append(Sample(key: key))
    return samples.count - 1
  }

  /// The part of the file that some bytes are.
  func part(_ range: Range<Int>) -> FilePart {
    FilePart(path: path, offset: range.lowerBound, length: range.count)
  }

  /// What reports call a member.
  func place(_ sample: Sample, _ ending: String) -> String { "\(path)/\(sample.key).\(ending)" }
}

/// The names of shards: `train-000000.tar`, `train/000000.tar`, `train-000000-of-000010.tar`.
enum WebDatasetNames {
  /// The split of each shard; one that nothing says it of is not in it.
  ///
  /// - Parameters:
  ///   - shards: paths.
  ///   - place: the dataset; nil looks at the files' names alone.
  static func splits(of shards: [String], in place: DatasetPlace? = nil) -> [String: String] {
    let plain = shards.map(withoutNumber)
    let found = SplitFileNames(plain, of: place).splits
    return Dictionary(
      zip(shards, plain).compactMap { shard, plain in found[plain].map { (shard, $0) } },
      uniquingKeysWith: { $1 })
  }

  /// A path as if its number among others were not in the name.
  private static func withoutNumber(_ path: String) -> String {
    var stem = TFRecordShards.withoutNumber(path.lastPart).withoutExtension
    stem.replace(/(^|[-_.])[0-9]+$/, with: "")
    let name = "\(stem.isEmpty ? "shards" : stem).tar"
    return path.contains("/") ? "\(path.parentFolder)/\(name)" : name
  }
}
