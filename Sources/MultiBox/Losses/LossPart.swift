/// A part of a loss that has a name and can be written down: in a run's configuration, on a command
/// line.
///
/// Decoding takes defaults for missing values and checks every value, so that no number in a file
/// reaches a precondition.
public protocol LossPart: Hashable, Codable, Sendable {
  /// The name of the part in files and options.
  static var partName: String { get }
  /// The keys of its parameters in files; none by default. Beside them and `name`, a key is an
  /// error.
  static var parameterNames: [String] { get }

  /// Creates the part as the paper has it.
  init()
}

extension LossPart {
  public static var parameterNames: [String] { [] }
}

/// The parts that this package has. A new one is a file of its own and a line here.
public enum LossParts {
  /// The rules of assignment.
  public static let assigners: [any (BoxAssigner & LossPart).Type] = [
    BipartiteAssigner.self, ForcedAssigner.self, ThresholdAssigner.self, ATSSAssigner.self,
    TaskAlignedAssigner.self,
  ]
  /// The confidence terms.
  public static let confidenceTerms: [any (ConfidenceTerm & LossPart).Type] = [
    SoftmaxLoss.self, SigmoidLoss.self, FocalLoss.self, QualityFocalLoss.self, VarifocalLoss.self,
  ]
  /// The losses of offsets.
  public static let offsetLosses: [any (OffsetLoss & LossPart).Type] = [
    SmoothL1.self, L1.self, L2.self, HalfSquare.self, BalancedL1.self,
  ]
  /// The losses of decoded boxes.
  public static let boxLosses: [any (BoxLoss & LossPart).Type] = [
    IoULoss.self, GIoULoss.self, DIoULoss.self, CIoULoss.self, EIoULoss.self, SIoULoss.self,
    LogIoULoss.self,
  ]

  /// Whether files and options can name the part.
  static func contains(_ type: any LossPart.Type) -> Bool {
    let all =
      assigners as [any LossPart.Type] + confidenceTerms + offsetLosses + boxLosses
    return all.contains { $0 == type }
  }

  /// Returns the localization term called `name`, with its defaults; nil where there is none.
  public static func localization(named name: String) -> LocalizationTerm? {
    if let type = offsetLosses.first(where: { $0.partName == name }) {
      return .offsets(type.init())
    }
    return boxLosses.first { $0.partName == name }.map { .boxes($0.init()) }
  }

  /// The names of all localization terms.
  public static var localizationNames: [String] {
    offsetLosses.map { $0.partName } + boxLosses.map { $0.partName }
  }
}

extension LocalizationTerm {
  /// The name of its part; that of its type where it is a program's own.
  public var name: String {
    switch self {
    case .offsets(let loss): lossPartName(loss)
    case .boxes(let loss): lossPartName(loss)
    }
  }
}

extension BoxAssigner {
  /// The name of the part; that of its type where it is a program's own.
  public var name: String { lossPartName(self) }
}

extension ConfidenceTerm {
  /// The name of the part; that of its type where it is a program's own.
  public var name: String { lossPartName(self) }
}

private func lossPartName(_ part: Any) -> String {
  (part as? any LossPart).map { type(of: $0).partName } ?? "\(type(of: part))"
}
