import Foundation

/// Progress on standard error: one line that is redrawn on a terminal, a line now and then
/// elsewhere.
public final class TerminalProgress {
  private let start = Date()
  private var lastShown = Date.distantPast
  private var isLineOpen = false
  /// Work done before this process started, as after resuming.
  private let done: Int

  /// Of a terminal that does not say.
  private static let usualColumns = 80
  private static let eraseLine = "\r\u{1B}[K"

  /// - Parameter done: steps that were done before.
  public init(startingAt done: Int = 0) {
    self.done = done
  }

  /// Shows where the work stands.
  ///
  /// - Parameters:
  ///   - step: steps done.
  ///   - total: all steps.
  ///   - figures: what to show between bar and time left, the most important first: a narrow
  ///     terminal shows the first ones only.
  public func show(step: Int, of total: Int, _ figures: [String]) {
    let now = Date()
    let interval = StandardError.redraws ? 0.1 : 10
    guard now.timeIntervalSince(lastShown) >= interval || step >= total else { return }
    lastShown = now
    let elapsed = now.timeIntervalSince(start)
    let left = step > done ? elapsed / Double(step - done) * Double(total - step) : 0
    let line = ProgressLine(
      fraction: total > 0 ? Double(step) / Double(total) : 1, count: "\(step)/\(total)",
      figures: figures.map(\.shown), remaining: "\(Self.time(left)) left")
    guard StandardError.redraws else {
      StandardError.write(line.fitted(to: .max))
      return
    }
    // The last column stays empty: some terminals go to the next line after it.
    let columns = (StandardError.columns ?? Self.usualColumns) - 1
    StandardError.writeRaw(Self.eraseLine + line.fitted(to: columns))
    isLineOpen = true
  }

  /// Writes a line of its own; the bar goes on below it.
  public func note(_ line: String) {
    if isLineOpen { StandardError.writeRaw(Self.eraseLine) }
    isLineOpen = false
    StandardError.write(line)
  }

  /// Ends the redrawn line.
  public func finish() {
    if isLineOpen { StandardError.writeRaw("\n") }
    isLineOpen = false
  }

  /// `12 s`, `3:05` or `1:02:03`.
  public static func time(_ seconds: Double) -> String {
    let whole = Int(max(seconds, 0).rounded())
    if whole < 60 { return "\(whole) s" }
    let minutes = String(format: "%02d:%02d", whole / 60 % 60, whole % 60)
    return whole < 3600
      ? String(minutes.trimmingPrefix("0")) : "\(whole / 3600):\(minutes)"
  }
}
