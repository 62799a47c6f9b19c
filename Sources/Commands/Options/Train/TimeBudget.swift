import Foundation
import Runs

/// A span of time as `--time` takes it: `20m`, `90s`, `1.5h`, `1h30m`.
public struct TimeBudget: Hashable, Sendable {
  /// Its length in seconds.
  public let seconds: Double

  static let forms = "a time, as 20m, 90s, 1.5h or 1h30m, of at most 1000h"
  private static let units: [(letter: Character, seconds: Double)] = [
    ("h", 3600), ("m", 60), ("s", 1),
  ]

  /// Reads a text; nil where it is no time above 0.
  init?(_ text: String) {
    var seconds = 0.0
    var rest = text[...]
    for unit in Self.units where !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard rest.dropFirst(number.count).first == unit.letter else { continue }
      guard number.first?.isNumber == true, let count = Double(number) else { return nil }
      seconds += count * unit.seconds
      rest = rest.dropFirst(number.count + 1)
    }
    guard rest.isEmpty, seconds > 0, seconds <= 1000 * 3600 else { return nil }
    self.seconds = seconds
  }

  /// `20 min`, `1 h 30 min`, `90 s`.
  var words: String {
    guard seconds >= 120, seconds.truncatingRemainder(dividingBy: 60) == 0 else {
      return "\(Self.words(seconds)) s"
    }
    let minutes = Int(seconds) / 60
    guard minutes >= 60 else { return "\(minutes) min" }
    return "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min")
  }

  /// Two digits, and those before the point.
  fileprivate static func words(_ seconds: Double) -> String {
    seconds < 10 ? String(format: "%.2g", seconds) : String(format: "%.0f", seconds)
  }
}

extension TrainingPace {
  /// What a budget of time has become, in a line.
  ///
  /// - Parameters:
  ///   - budget: the whole one.
  ///   - left: the seconds of it that were left for the training.
  ///   - length: of the training that was chosen.
  public func words(_ budget: TimeBudget, left: Double, _ length: TrainingLength) -> String {
    func count(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    var line =
      "\(budget.words): \(count(length.epochs, "epoch")) of"
      + " \(count(length.iterationsPerEpoch, "step")) at \(TimeBudget.words(step)) s"
    if measurement > 0 {
      line +=
        ", \(count(length.measurementCount, "measurement")) of"
        + " \(TimeBudget.words(measurement)) s"
    }
    let seconds = seconds(length)
    return seconds <= left
      ? line
      : line + "; they take \(TerminalProgress.time(seconds)), and"
        + " \(TerminalProgress.time(left)) are left"
  }
}
