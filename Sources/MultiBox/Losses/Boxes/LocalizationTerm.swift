/// The term that L_loc sums over the positives.
public enum LocalizationTerm: Sendable {
  /// The residuals of the four offsets, each for itself.
  case offsets(any OffsetLoss)
  /// The decoded box and the object's box as a whole.
  case boxes(any BoxLoss)
}

extension LocalizationTerm: Hashable {
  private var part: AnyHashable {
    switch self {
    case .offsets(let loss): AnyHashable(loss)
    case .boxes(let loss): AnyHashable(loss)
    }
  }

  public static func == (a: LocalizationTerm, b: LocalizationTerm) -> Bool { a.part == b.part }

  public func hash(into hasher: inout Hasher) { hasher.combine(part) }
}
