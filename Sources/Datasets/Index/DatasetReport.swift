import Files

/// Something about a dataset that a user should know, with its file.
public struct DatasetProblem: Hashable, Sendable, Codable {
  /// The kinds of problems.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A box without area, or outside of its image: dropped.
    case boxWithoutArea
    /// An image or annotation that is named and not there.
    case missingFile
    /// An object of a class that is not among the classes: dropped.
    case unknownName
    /// An image that cannot be decoded: left out.
    case unreadableImage
    /// An annotation, or a line of one, that cannot be understood: its image is left out.
    case unreadableAnnotation
    /// An annotation whose size is not the picture's: the image is left out.
    case sizeMismatch
    /// An image or line that stands there twice: the second is left out.
    case duplicate
    /// A label file without an image.
    case labelsWithoutImage
    /// An object of an image that the file does not have: dropped.
    case objectWithoutImage
    /// A fact that two places tell differently.
    case disagreement
    /// An image without any label: taken for one without objects.
    case unlabeledImage
    /// An image in the dataset's folder without labels, beside others that have some: left out.
    case unlistedImage
    /// A source of images that a description names and that is not there.
    case missingSplit
    /// Annotations that no list of a split names, or a description of images without labels.
    case unlisted
    /// A file whose name is no UTF-8: it cannot be named, and is left out.
    case unreadableName
    /// A folder that cannot be listed: what is in it is left out.
    case unreadableFolder

    /// The kind as a reader of the report sees it, of several.
    public var text: String { words.agreeing(with: 2) }

    /// The text of one and of several.
    fileprivate var words: String {
      switch self {
      case .boxWithoutArea: "box|boxes without area, dropped"
      case .missingFile: "missing file|files"
      case .unknownName: "object|objects of unknown class|classes, dropped"
      case .unreadableImage: "unreadable image|images, left out"
      case .unreadableAnnotation:
        "annotation|annotations not understood, its|their image|images left out"
      case .sizeMismatch: "image|images of another size than its|their annotation says, left out"
      case .duplicate: "duplicate|duplicates, left out"
      case .labelsWithoutImage: "label file|files without an image"
      case .objectWithoutImage: "object|objects of an image that there is not, dropped"
      case .disagreement: "fact|facts told in two ways"
      case .unlabeledImage: "image|images without labels, taken as without objects"
      case .unlistedImage: "image|images that nobody labelled, left out"
      case .missingSplit: "split|splits that is|are named and not there"
      case .unlisted: "annotation|annotations that no split lists, not read"
      case .unreadableName: "file|files whose name|names is|are no UTF-8, left out"
      case .unreadableFolder: "folder|folders that cannot be listed, left out"
      }
    }

    /// What a problem of the kind leaves out, one and several of it; nil where that is nothing.
    fileprivate var lost: String? {
      switch self {
      case .boxWithoutArea, .unknownName, .objectWithoutImage: "box|boxes"
      case .missingFile, .unreadableImage, .sizeMismatch, .unlistedImage: "image|images"
      case .unreadableAnnotation, .unlisted: "annotation|annotations"
      case .duplicate: "duplicate|duplicates"
      case .labelsWithoutImage: "label file|files"
      case .unreadableName: "file|files"
      case .unreadableFolder: "folder|folders"
      case .disagreement, .unlabeledImage, .missingSplit: nil
      }
    }

    /// Says whether something was left out, which `isStrict` makes an error.
    public var isLoss: Bool {
      switch self {
      case .unlabeledImage, .unlistedImage, .missingSplit, .unlisted: false
      default: true
      }
    }
  }

  /// The kind of problem.
  public var kind: Kind
  /// The path of the file that it is in.
  public var file: String
  /// The place in the file, what was expected and what was found.
  public var reason: String

  /// Creates a problem of one file.
  public init(kind: Kind, file: String, reason: String) {
    self.kind = kind
    self.file = file
    self.reason = reason
  }

  /// File and reason in one line, whatever line ends names of files and classes have.
  var line: String {
    "\(file): \(reason)".inOneLine
  }
}

/// What was changed on the way from a file to a box, counted.
public enum DatasetChange: String, Hashable, Sendable, Codable, CaseIterable, CodingKeyRepresentable
{
  /// A box that left its image and was clipped to it.
  case clippedBox
  /// A corner at 0, which says that the first pixel of the data is 0.
  case zeroCoordinate
  /// An image whose boxes were drawn before its EXIF orientation, and turned with it.
  case turnedImage
  /// A polygon or mask, whose upright box was taken.
  case polygon
  /// A turned box, whose upright box was taken.
  case turnedBox
  /// A box of a table, or of COCO, that has no box of pixels: shares of the image.
  case sharesOfImage
  /// An object that is no box, as a point or a line: left out.
  case otherShape
  /// A frame of a video whose picture has another name than the tool gives it.
  case numberedFrame
  /// A polygon or mask that is a part of the object of another, by the group of both: joined to it.
  case joinedPart
  /// An image that has several entries in one file, each with objects of its own: joined.
  case joinedImage
  /// An object of files that give no classes at all: called `object`.
  case unnamedObject
  /// A region in which nothing counts: a crowd of every class.
  case ignoredRegion
  /// An object of a kind that the data's own rules take for none of its classes: left out.
  case otherKind

  /// The change as a reader of the report sees it, of several.
  public var text: String { words.agreeing(with: 2) }

  /// The text of one and of several.
  fileprivate var words: String {
    switch self {
    case .clippedBox: "box|boxes clipped to its|their image"
    case .zeroCoordinate: "corner|corners at 0: pixels are taken to count from 0"
    case .turnedImage: "image|images turned by EXIF after labelling, its|their boxes turned too"
    case .polygon: "polygon|polygons or mask|masks, taken as its|their upright box"
    case .turnedBox: "turned box|boxes, taken as its|their upright box"
    case .sharesOfImage: "box|boxes all about within 0…1, taken as shares of the image"
    case .otherShape: "object|objects that is|are no box (points, lines), left out"
    case .numberedFrame: "frame|frames of a video, known by the number in its|their picture's name"
    case .joinedPart: "polygon|polygons or mask|masks of an object in several parts, joined"
    case .joinedImage: "image|images that a file lists several times, its|their objects joined"
    case .unnamedObject: "object|objects of files without classes, called object"
    case .ignoredRegion: "region|regions in which nothing counts, taken as a crowd of every class"
    case .otherKind: "object|objects of none of the classes, by the data's own rules, left out"
    }
  }
}

/// Findings of loading a split, besides its images.
///
/// Two reports are equal where their problems and the numbers of their changes are. The places of
/// changes are not encoded: a run need not keep them.
public struct DatasetReport: Sendable, Codable {
  /// A place where something was changed that somebody may want to look at.
  public struct ChangedPlace: Hashable, Sendable, Codable {
    /// The path of the file that it is in.
    public let file: String
    /// The place in the file, and what was changed there.
    public let reason: String

    /// File and reason in one line.
    var line: String { "\(file): \(reason)".inOneLine }
  }

  /// Everything that was left out or that disagrees, in the order it was found.
  public private(set) var problems: [DatasetProblem] = []
  /// How many of each kind were changed; kinds without any are not in it.
  public private(set) var changes: [DatasetChange: Int] = [:]
  /// Where changes of some kinds were made, those of boxes that left their image.
  public private(set) var places: [DatasetChange: [ChangedPlace]] = [:]

  private enum CodingKeys: String, CodingKey { case problems, changes }

  /// Creates a report of these problems.
  public init(problems: [DatasetProblem] = []) { self.problems = problems }

  /// Says that nothing was left out or changed.
  var isEmpty: Bool { problems.isEmpty && changes.isEmpty && places.isEmpty }

  /// Returns the number of problems of a kind.
  ///
  /// - Parameter kind: one of all kinds.
  public func count(of kind: DatasetProblem.Kind) -> Int { problems.count { $0.kind == kind } }

  /// Returns the number of changes of a kind.
  ///
  /// - Parameter change: one of all kinds.
  public func count(of change: DatasetChange) -> Int { changes[change] ?? 0 }

  /// Adds a problem of a file.
  ///
  /// - Parameters:
  ///   - kind: the kind of problem.
  ///   - file: the path of the file.
  ///   - reason: the place in the file, what was expected and what was found.
  public mutating func add(_ kind: DatasetProblem.Kind, _ file: String, _ reason: String) {
    problems.append(DatasetProblem(kind: kind, file: file, reason: reason))
  }

  /// Counts a change.
  ///
  /// - Parameters:
  ///   - change: its kind.
  ///   - count: how often it was made.
  public mutating func add(_ change: DatasetChange, count: Int = 1) {
    if count > 0 { changes[change, default: 0] += count }
  }

  /// Counts a change, and keeps its place.
  ///
  /// - Parameters:
  ///   - change: its kind.
  ///   - file: the path of the file.
  ///   - reason: the place in the file, and what was changed there.
  public mutating func add(_ change: DatasetChange, _ file: String, _ reason: String) {
    add(change)
    places[change, default: []].append(ChangedPlace(file: file, reason: reason))
  }

  /// Adds what another report has, behind what this one has.
  ///
  /// - Parameter other: of another part of the data.
  public mutating func add(_ other: DatasetReport) {
    problems += other.problems
    changes.merge(other.changes, uniquingKeysWith: +)
    places.merge(other.places, uniquingKeysWith: +)
  }

  /// What was left out, as `3 images and 1 box`; nil where nothing was. What several splits tell
  /// counts once.
  public var leftOut: String? {
    var counts: [String: Int] = [:]
    for problem in Set(problems) {
      if let words = problem.kind.lost { counts[words, default: 0] += 1 }
    }
    // Images and boxes first.
    let order = ["image|images", "box|boxes"]
    let others = counts.keys.filter { !order.contains($0) }.sorted()
    let parts = (order + others).compactMap { words in counts[words].map { $0.counted(words) } }
    guard let last = parts.last else { return nil }
    return parts.count == 1
      ? last : "\(parts.dropLast().joined(separator: ", ")) and \(last)"
  }

  /// The report for people: for each kind a count and the first of its kind.
  ///
  /// - Parameter limit: how many of a kind are shown; the rest is counted.
  public func lines(limit: Int) -> [String] {
    var lines: [String] = []
    func add(_ head: String, _ found: [String]) {
      lines.append(head + (limit > 0 && !found.isEmpty ? ":" : ""))
      lines += found.prefix(limit).map { "  \($0)" }
      if limit > 0, found.count > limit { lines.append("  … and \(found.count - limit) more") }
    }
    for change in DatasetChange.allCases {
      guard let count = changes[change] else { continue }
      add(count.counted(change.words), (places[change] ?? []).map(\.line))
    }
    for kind in DatasetProblem.Kind.allCases {
      let ofKind = problems.filter { $0.kind == kind }
      if !ofKind.isEmpty { add(ofKind.count.counted(kind.words), ofKind.map(\.line)) }
    }
    return lines
  }
}

extension DatasetReport: Hashable {
  /// Says whether problems and numbers of changes are the same.
  public static func == (one: DatasetReport, other: DatasetReport) -> Bool {
    one.problems == other.problems && one.changes == other.changes
  }

  /// Hashes problems and numbers of changes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(problems)
    hasher.combine(changes)
  }
}
