import Files
import Synchronization

/// The places of a loader, opened when something is asked that no kept index tells.
final class OpenedPlaces: Sendable {
  /// A place and what reads it.
  struct Opened: Sendable {
    let path: String
    let format: DatasetFormat
    let place: DatasetPlace
    let finder: ImageFinder
    let reader: any LabelFormat
    let splits: SplitReader
    let claims: PictureClaims
    let unread: UnreadLabels

    init(_ path: String, format: DatasetFormat?, options: ReadingOptions) throws {
      self.path = path
      place = try DatasetPlace(path)
      self.format = try format ?? DatasetFormat.recognized(place)
      reader = try self.format.type.init(place, options: options)
      finder = ImageFinder(place, imageFolder: options.imageFolder)
      splits = SplitReader(reader)
      claims = PictureClaims(reader, finder: finder)
      unread = UnreadLabels(place, besides: self.format)
    }
  }

  private let paths: [String]
  private let format: DatasetFormat?
  private let options: ReadingOptions
  /// All that was looked at; nil where nobody keeps it.
  private let trace: DiskTrace?
  private let known = Mutex([Opened]?.none)
  private let duration = Mutex(Duration.zero)

  init(
    _ paths: [String], format: DatasetFormat?, options: ReadingOptions, trace: DiskTrace?
  ) {
    self.paths = paths
    self.format = format
    self.options = options
    self.trace = trace
  }

  /// Asks the places. What they look at on the disk is traced: no other way leads to them, so that
  /// nothing is forgotten that they remember.
  func ask<Answer>(_ body: ([Opened]) throws -> Answer) throws -> Answer {
    let clock = ContinuousClock()
    let start = clock.now
    defer { duration.withLock { $0 += start.duration(to: clock.now) } }
    guard let trace else { return try body(opened()) }
    return try trace.run { try body(opened()) }
  }

  private func opened() throws -> [Opened] {
    if let known = known.withLock({ $0 }) { return known }
    let opened = try paths.map { try Opened($0, format: format, options: options) }
    known.withLock { $0 = opened }
    return opened
  }

  /// All that was looked at so far; nil where it took too little time to be kept, or where it
  /// cannot be trusted to be seen to change.
  func record(after leastDuration: Duration) -> DiskRecord? {
    guard duration.withLock({ $0 }) >= leastDuration else { return nil }
    return trace?.record
  }
}
