import ArgumentParser
import Detectors
import Runs

extension Precision: ExpressibleByArgument {}

extension Precision {
  /// Says that OpenVINO computes in another format than the one that was asked for.
  ///
  /// - Parameter computed: what it computes in.
  /// - Returns: nil where both are the same.
  public func note(computedIn computed: Precision) -> String? {
    guard computed != self else { return nil }
    return "OpenVINO computes in \(computed.rawValue): this processor does not compute \(rawValue)"
  }
}

extension NetworkPreset: ExpressibleByArgument {
  public init?(argument: String) {
    guard let preset = NetworkPreset.named(argument) else { return nil }
    self = preset
  }

  public var defaultValueDescription: String { name }

  public static var allValueStrings: [String] { all.map(\.name) }

  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
