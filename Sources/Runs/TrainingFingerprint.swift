import Files
import Foundation
import TrainingInput

/// What several processes must have alike to train one network.
package struct TrainingFingerprint: Codable, Hashable, Sendable {
  /// A hash of the program.
  private let program: String
  /// Values by key, as `optimization.seed`, without what each machine has of its own.
  private let configuration: [String: String]
  private let splits: [String: Split]

  private struct Split: Codable, Hashable, Sendable {
    let images: Int
    let objects: Int
    let digest: String
  }

  /// Describes the training of a process.
  ///
  /// - Parameters:
  ///   - program: a hash of it.
  ///   - configuration: of the training.
  ///   - records: of the splits.
  package init(
    program: String, _ configuration: TrainingConfiguration, records: [String: SplitRecord]
  ) throws {
    self.program = program
    var values: [String: String] = [:]
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(configuration))
    Self.flatten(object, key: "", into: &values)
    self.configuration = values.filter { key, _ in
      !Self.ownKeys.contains { key == $0 || key.hasPrefix("\($0).") }
    }
    splits = records.mapValues {
      Split(images: $0.imageCount, objects: $0.objectCount, digest: $0.digest)
    }
  }

  /// Places, devices, threads and memory.
  private static let ownKeys = [
    "data.path", "data.paths", "data.imageFolder", "network.pretrained.path", "execution.device",
    "execution.threadCount", "execution.loaderThreadCount", "execution.prefetchMemory",
  ]

  private static func flatten(_ object: Any, key: String, into values: inout [String: String]) {
    let prefix = key.isEmpty ? "" : key + "."
    switch object {
    case let object as [String: Any]:
      for (name, value) in object { flatten(value, key: prefix + name, into: &values) }
    case let list as [Any]:
      for (index, value) in list.enumerated() {
        flatten(value, key: prefix + "\(index)", into: &values)
      }
    default: values[key] = "\(object)"
    }
  }

  /// Says what another process has otherwise.
  ///
  /// - Parameter other: of a process that is not the first.
  /// - Returns: the first difference, with both values; nil where there is none.
  package func difference(to other: TrainingFingerprint) -> String? {
    guard program == other.program else {
      return "expected the program of rank 0, \(program), found another, \(other.program)"
    }
    let keys = Set(configuration.keys).union(other.configuration.keys).sorted()
    for key in keys where configuration[key] != other.configuration[key] {
      return "configuration: \(key): expected \(configuration[key] ?? "none") as rank 0 has, found"
        + " \(other.configuration[key] ?? "none")"
    }
    for name in Set(splits.keys).union(other.splits.keys).sorted()
    where splits[name] != other.splits[name] {
      return "data: \(name): expected \(Self.words(splits[name])) as rank 0 has, found"
        + " \(Self.words(other.splits[name]))"
    }
    return nil
  }

  private static func words(_ split: Split?) -> String {
    guard let split else { return "no such split" }
    return split.images.counted("image|images") + " with "
      + split.objects.counted("object|objects") + " (\(split.digest))"
  }
}
