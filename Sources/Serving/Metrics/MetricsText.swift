/// Figures as Prometheus collects them: its text format, version 0.0.4.
struct MetricsText {
  /// The type of the text.
  static let type = "text/plain; version=0.0.4; charset=utf-8"

  /// The kind of a family of figures.
  enum Kind: String {
    /// Only rises.
    case counter
    /// Rises and falls.
    case gauge
    /// Counts of values up to bounds.
    case histogram
  }

  private(set) var text = ""

  /// Begins a family of figures.
  ///
  /// - Parameters:
  ///   - name: letters, digits and underscores.
  ///   - help: one sentence.
  ///   - kind: of its figures.
  mutating func family(_ name: String, _ help: String, _ kind: Kind) {
    let escaped = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    text += "# HELP \(name) \(escaped)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// Writes a figure.
  ///
  /// - Parameters:
  ///   - name: of its family, with the ending that a histogram's parts have.
  ///   - labels: names and any values, in this order.
  ///   - value: of the figure.
  mutating func add(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
    text += name
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
      text += "{\(pairs.joined(separator: ","))}"
    }
    text += " \(Self.number(value))\n"
  }

  /// Writes the figures of a histogram.
  ///
  /// - Parameters:
  ///   - name: of its family.
  ///   - labels: names and any values.
  ///   - histogram: the counts.
  mutating func add(
    _ name: String, _ labels: [(name: String, value: String)], _ histogram: Histogram
  ) {
    var sum = 0
    for (bound, count) in zip(histogram.bounds + [.infinity], histogram.counts) {
      sum += count
      add(name + "_bucket", labels + [("le", Self.number(bound))], Double(sum))
    }
    add(name + "_sum", labels, histogram.sum)
    add(name + "_count", labels, Double(sum))
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  private static func number(_ value: Double) -> String {
    if value == .infinity { return "+Inf" }
    if value == -.infinity { return "-Inf" }
    if value.isNaN { return "NaN" }
    return Int(exactly: value).map(String.init) ?? "\(value)"
  }
}

/// Counts of values up to bounds.
struct Histogram: Sendable {
  /// Rising; a value that is a bound counts there.
  let bounds: [Double]
  /// One more than bounds: the last is of values above all of them.
  private(set) var counts: [Int]
  private(set) var sum = 0.0

  /// Seconds of requests, from a small network on a fast processor to a deadline.
  static let seconds = Histogram(
    bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
  /// Images that are computed together.
  static let batch = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64])

  init(bounds: [Double]) {
    self.bounds = bounds
    counts = [Int](repeating: 0, count: bounds.count + 1)
  }

  /// The number of values.
  var count: Int { counts.reduce(0, +) }

  mutating func add(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }
}
