import ArgumentParser
import Detectors
import Runs

extension Precision: ExpressibleByArgument {}

extension NetworkPreset: ExpressibleByArgument {
  public init?(argument: String) {
    guard let preset = NetworkPreset.named(argument) else { return nil }
    self = preset
  }

  public var defaultValueDescription: String { name }

  public static var allValueStrings: [String] { all.map(\.name) }

  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
