import Datasets
import Detectors
import Files
import MultiBox

/// What a client asks of the detections of its image: the query, the fields of a form and the keys
/// of a JSON object have the same names.
struct DetectionParameters: Sendable {
  /// The names that there are.
  static let names = ["threshold", "classes", "max", "model"]
  /// What `max` may be, as openapi.json says it.
  static let counts = 1...Int(Int32.max)
  private static let countText = "a whole number of \(counts.lowerBound)…\(counts.upperBound)"

  /// The most names of classes in a request.
  static let classLimit = 10_000
  /// The bytes of a value as text, at most: so many names of a hundred signs.
  static let textLimit = 1_000_000

  /// The lowest score that is shown; nil takes that of each class.
  var threshold: Double?
  /// Names of classes; nil for all.
  var classes: [String]?
  /// The largest number of detections; nil for all.
  var maximum: Int?
  /// The model's name; nil where there is but one.
  var model: String?

  init() {}

  /// Reads a query, in which no other names may stand.
  init(_ query: QueryItems) throws(Refusal) {
    for (name, value) in query.items { try set(name, to: value) }
  }

  /// Takes a value as text.
  ///
  /// - Throws: ``Refusal``, which is `invalid`, for a name that there is not, one that has a value
  ///   already, and a value that is none.
  mutating func set(_ name: String, to value: String) throws(Refusal) {
    // A list of ten million names would take a core for seconds, and a gigabyte.
    guard value.utf8.count <= Self.textLimit else {
      throw Self.invalid(name, "a value of \(Self.textLimit) bytes at most", "\(value.utf8.count)")
    }
    switch name {
    case "threshold":
      guard let number = Double(value) else {
        throw Self.invalid(name, "a number of 0…1", value)
      }
      try set(threshold: number)
    case "classes":
      let names = value.parts(between: ",").map(\.withoutSpaceAround).filter { !$0.isEmpty }
      guard !names.isEmpty else { throw Self.invalid(name, "names with commas between", value) }
      try set(classes: names)
    case "max":
      guard let number = Int(value) else { throw Self.invalid(name, Self.countText, value) }
      try set(maximum: number)
    case "model": try Self.set(&model, to: value, name)
    default:
      throw Self.invalid("parameter", "one of \(Self.names.joined(separator: ", "))", name)
    }
  }

  mutating func set(threshold value: Double) throws(Refusal) {
    guard (0...1).contains(value) else { throw Self.invalid("threshold", "0…1", "\(value)") }
    try Self.set(&threshold, to: value, "threshold")
  }

  mutating func set(classes value: [String]) throws(Refusal) {
    guard value.count <= Self.classLimit else {
      throw Self.invalid("classes", "\(Self.classLimit) names at most", "\(value.count)")
    }
    try Self.set(&classes, to: value, "classes")
  }

  mutating func set(maximum value: Int) throws(Refusal) {
    guard Self.counts.contains(value) else {
      throw Self.invalid("max", Self.countText, "\(value)")
    }
    try Self.set(&maximum, to: value, "max")
  }

  private static func set<Value>(
    _ property: inout Value?, to value: Value, _ name: String
  ) throws(Refusal) {
    guard property == nil else { throw Refusal(.invalid, "\(name): given twice") }
    property = value
  }

  private static func invalid(_ name: String, _ expected: String, _ found: String) -> Refusal {
    Refusal(.invalid, "\(name): expected \(expected), found \(found)")
  }

  /// Returns what is shown of a detector's detections.
  ///
  /// - Throws: ``Refusal``, which is `invalid`, for a threshold below what the detector reports and
  ///   for a class that it does not know.
  func choice(of detector: any ObjectDetector) throws(Refusal) -> DetectionChoice {
    let names = detector.classNames
    var choice = DetectionChoice(lowestScores: detector.shownScores, maximum: maximum)
    if let threshold {
      guard threshold >= detector.scoreThreshold else {
        throw Self.invalid(
          "threshold", "\(detector.scoreThreshold)…1, because the detector reports no lower score",
          "\(threshold)")
      }
      choice.lowestScores = [Double](repeating: threshold, count: names.count)
    }
    if let classes {
      let known = Set(names)
      for name in classes where !known.contains(name) {
        throw Self.invalid("classes", "one of \(names.listed)", name)
      }
      let asked = Set(classes)
      choice.classes = Set(names.indices.filter { asked.contains(names[$0]) })
    }
    return choice
  }
}

/// The parameters as a JSON object has them, each with its type.
struct DetectionFields: Sendable {
  fileprivate var threshold: Double?
  fileprivate var classes: [String]?
  fileprivate var maximum: Int?
  fileprivate var model: String?

  /// Reads the value of a key.
  ///
  /// - Parameter names: the keys that the object may have, for the error.
  mutating func read(
    _ key: String, from scanner: inout JSONScanner, names: [String]
  ) throws(JSONProblem) {
    switch key {
    case "threshold": threshold = try scanner.double()
    case "classes": classes = try scanner.strings(atMost: DetectionParameters.classLimit)
    case "max": maximum = try scanner.integer(DetectionParameters.counts)
    case "model": model = try scanner.characters()
    default: throw Self.unknown(&scanner, names: names)
    }
  }

  /// The error of a key that the object may not have, before its value.
  static func unknown(_ scanner: inout JSONScanner, names: [String]) -> JSONProblem {
    JSONProblem(
      offset: scanner.position, "expected one of the keys \(names.joined(separator: ", "))")
  }
}

extension DetectionParameters {
  /// Takes what a JSON object has.
  ///
  /// - Throws: ``Refusal``, which is `invalid`, for what is given already or makes no sense.
  mutating func add(_ fields: DetectionFields) throws(Refusal) {
    if let threshold = fields.threshold { try set(threshold: threshold) }
    if let classes = fields.classes { try set(classes: classes) }
    if let maximum = fields.maximum { try set(maximum: maximum) }
    if let model = fields.model { try set("model", to: model) }
  }
}
