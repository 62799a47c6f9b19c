import Files
import Foundation
import MultiBox
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a loader's places gave before, and was kept: where they lie and what splits they have, the
/// classes, and the images of each split.
final class KeptIndexes: Sendable {
  /// A split and how it is loaded.
  struct Choice: Sendable {
    let split: String
    let classNames: ClassNames?
    let isDecoded: Bool
  }

  /// What is known of the places without opening them.
  struct Places: Sendable {
    let sources: [(path: String, folder: String, format: DatasetFormat)]
    let splits: [String]
    let seededSplit: String?
  }

  /// All that the places look at.
  let trace: DiskTrace
  private let cache: IndexCache
  private let paths: [String]
  private let key: IndexKey
  /// What was looked for: nil within says that it is not there, or not right.
  private let known = Mutex(Places??.none)
  private let dates = Mutex([Date]())

  /// - Returns: nil where nothing can be kept of such places.
  init?(
    _ cache: IndexCache, of paths: [String], format: DatasetFormat?, options: ReadingOptions
  ) {
    // Layouts of a program's own may look at what they like in their own way.
    guard format.map({ DatasetFormat.all.contains($0) }) ?? true,
      !paths.contains(where: { ShapesSpecification.isMeant(by: $0) })
    else { return nil }
    self.cache = cache
    self.paths = paths
    trace = DiskTrace(trustedAge: cache.trustedAge)
    func optional(_ value: (some CustomStringConvertible)?) -> String {
      value.map { "=\($0)" } ?? ""
    }
    key = IndexKey(
      [
        // Who asks may read what others may not.
        "\(geteuid())", OwnExecutable.path, FileManager.default.currentDirectoryPath,
        optional(format?.name), "\(options.splitSeed)", optional(options.imageFolder),
        optional(options.firstPixel), optional(options.maximumPixels),
      ] + paths)
  }

  /// When the oldest of the splits was read that were taken from an index; nil where none was.
  var since: Date? { dates.withLock { $0.min() } }

  private var placesKey: IndexKey { key.adding(["places"]) }
  private var classesKey: IndexKey { key.adding(["classes"]) }

  private func key(of choice: Choice) -> IndexKey {
    key.adding(
      ["split", choice.split, choice.isDecoded ? "decoded" : "headers"]
        + (choice.classNames.map { ["classes"] + $0 } ?? []))
  }

  /// Opens an index and reads its columns; gives them with the time at which they were kept.
  private func open<Content>(
    _ key: IndexKey, _ read: (inout ColumnFile) throws(ColumnFile.Fault) -> Content
  ) -> (content: Content, date: Date)? {
    guard let opened = cache.open(key) else { return nil }
    var file = opened.file
    do throws(ColumnFile.Fault) {
      let content = try read(&file)
      file.release()
      return (content, opened.date)
    } catch {
      cache.tell(error, of: key)
      return nil
    }
  }

  /// What is known of the places; looked for once.
  func places() -> Places? {
    if let known = known.withLock({ $0 }) { return known }
    let found = open(placesKey) { file throws(ColumnFile.Fault) in
      let (paths, folders, formats) = try (file.texts(), file.texts(), file.texts())
      let splits = try Array(file.texts())
      let seeded = try file.texts().first
      let known = formats.compactMap { DatasetFormat(name: $0) }
      guard paths.elementsEqual(self.paths), folders.count == paths.count,
        known.count == paths.count
      else { throw ColumnFile.Fault(reason: "places that are not those") }
      let sources = paths.indices.map {
        (path: paths[$0], folder: folders[$0], format: known[$0])
      }
      return Places(sources: sources, splits: splits, seededSplit: seeded)
    }
    known.withLock { $0 = .some(found?.content) }
    return found?.content
  }

  /// The classes of all splits; nil where they are not kept, or are not right any more.
  func classNames() -> ClassNames? {
    let found = open(classesKey) { file throws(ColumnFile.Fault) in
      ClassNames(try file.texts())
    }
    return found?.content
  }

  /// The images of a split; nil where they are not kept, or are not right any more.
  func split(_ choice: Choice) -> (dataset: DetectionDataset, report: DatasetReport)? {
    let found = open(key(of: choice)) { file throws(ColumnFile.Fault) in
      let names = ClassNames(try file.texts())
      let rows = try ImageRows(&file)
      let report = try DatasetReport(kept: &file)
      let images = (0..<rows.count).map { DatasetImage(rows, $0) }
      return (dataset: DetectionDataset(classNames: names, images: images), report: report)
    }
    guard let found else { return nil }
    dates.withLock { $0.append(found.date) }
    return found.content
  }

  /// Keeps the classes, where reading them took its time.
  func keep(_ names: ClassNames, read places: OpenedPlaces) {
    guard let record = places.record(after: cache.leastDuration) else { return }
    cache.keep(classesKey, record) { file in
      file.add(names)
      return true
    }
  }

  /// What is known of places that were opened, with all that was looked at for it: before images
  /// are, of which each has to be looked at again when a split is opened, and then alone.
  ///
  /// - Returns: nil where it is kept already, or cannot be.
  func known(of loader: DatasetLoader, read places: OpenedPlaces) -> (Places, DiskRecord)? {
    guard self.places() == nil else { return nil }
    do {
      let known = try Places(
        sources: loader.sources.map { (path: $0.path, folder: $0.folder, format: $0.format) },
        splits: loader.splits(), seededSplit: loader.seededSplit())
      return places.record(after: .zero).map { (known, $0) }
    } catch {
      // Whoever asks gets the error.
      return nil
    }
  }

  /// Keeps a split, and what is known of the places, where reading took its time.
  func keep(
    _ loaded: (dataset: DetectionDataset, report: DatasetReport), of choice: Choice,
    read places: OpenedPlaces, _ known: (places: Places, record: DiskRecord)?
  ) {
    guard let record = places.record(after: cache.leastDuration) else { return }
    cache.keep(key(of: choice), record) { file in
      file.add(loaded.dataset.classNames)
      guard ImageRows.write(loaded.dataset.images, to: &file) else { return false }
      loaded.report.write(to: &file)
      return true
    }
    guard let known else { return }
    cache.keep(placesKey, known.record) { file in
      file.add(known.places.sources.map(\.path))
      file.add(known.places.sources.map(\.folder))
      file.add(known.places.sources.map(\.format.name))
      file.add(known.places.splits)
      file.add([known.places.seededSplit].compactMap(\.self))
      return true
    }
    self.known.withLock { $0 = .some(known.places) }
  }
}
