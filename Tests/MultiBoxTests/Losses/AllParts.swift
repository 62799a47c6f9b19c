import MultiBox
import Testing

/// All parts that there are, with their defaults, by name.
enum AllParts {
  static let localizations: [String] = LossParts.localizationNames
  static let confidences: [String] = LossParts.confidenceTerms.map { $0.partName }
  static let assigners: [String] = LossParts.assigners.map { $0.partName }

  static func localization(_ name: String) throws -> LocalizationTerm {
    try #require(LossParts.localization(named: name))
  }

  static func confidence(_ name: String) throws -> any ConfidenceTerm {
    try #require(LossParts.confidenceTerms.first { $0.partName == name }).init()
  }

  static func assigner(_ name: String) throws -> any BoxAssigner {
    try #require(LossParts.assigners.first { $0.partName == name }).init()
  }
}
