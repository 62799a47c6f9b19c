import Files
import Foundation
import MultiBox
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder in which a program keeps what reading large datasets gave, so that the next one need
/// not read it anew.
///
/// A file in it is an index: the images and objects of a split, in columns that are mapped, so that
/// processes share their memory; on a network file system they are read. It holds as long as every
/// file and folder that was looked at is as it was by kind, inode, size and times, and the same
/// program reads it. Anything else is read anew, and never an error: a file that changed or is
/// missing, an index that was cut or changed or is no index, a folder that cannot be written. What
/// was changed less than ``trustedAge`` before it was read is not kept, because a second change at
/// the same time would not be seen; nor is what the system failed to give while something is there,
/// because it may give it the next time.
public final class IndexCache: Sendable {
  /// The path of the folder, which is made when something is kept, for its user alone.
  public let folder: String
  /// How long reading must take for that to be kept.
  public let leastDuration: Duration
  /// How old a change of a file must be when the file is read.
  public let trustedAge: Duration
  private let tell: @Sendable (String) -> Void
  private let isTold = Mutex(false)

  /// Names a folder; nothing is read or written.
  ///
  /// - Parameters:
  ///   - folder: its path; what lies there besides stays.
  ///   - leastDuration: how long reading must take for that to be kept.
  ///   - trustedAge: how old a change of a file must be when the file is read. Clocks of file
  ///     systems go in steps of up to two seconds.
  ///   - tell: takes the first thing that goes wrong with the folder, as a line.
  public init(
    folder: String, leastDuration: Duration = .seconds(1), trustedAge: Duration = .seconds(2),
    tell: @escaping @Sendable (String) -> Void
  ) {
    self.folder = folder
    self.leastDuration = leastDuration
    self.trustedAge = trustedAge
    self.tell = tell
  }

  private func tellOnce(_ line: String) {
    let isFirst = isTold.withLock { isTold in
      defer { isTold = true }
      return !isTold
    }
    if isFirst { tell(line) }
  }

  private static let kind = "MBXINDEX"
  /// Of the columns' order and meaning: raise it with any change of what is written.
  private static let version: UInt32 = 1

  static let ending = ".index"

  private func path(_ key: IndexKey) -> String { "\(folder)/\(key.name)\(Self.ending)" }

  /// Opens what was kept, where it is still right.
  ///
  /// - Parameter key: says what was read, and how.
  /// - Returns: the columns that ``keep(_:_:write:)`` was given, and when.
  func open(_ key: IndexKey) -> (file: ColumnFile, date: Date)? {
    guard let code = ReadingCode.identity else { return nil }
    let path = path(key)
    do {
      let mapped = try MappedFile(path, isMapped: !NetworkFileSystem.holds(path))
      var file = try ColumnFile(mapped, kind: Self.kind, version: Self.version)
      guard try file.text() == key.text, try file.text() == code else { return nil }
      let date = Date(timeIntervalSince1970: TimeInterval(try file.number()))
      let starts = try file.numbers(of: UInt64.self)
      let paths = try file.numbers(of: UInt8.self)
      let digests = try file.numbers(of: UInt64.self)
      guard try Self.areUnchanged(starts, paths, digests) else { return nil }
      // So that it is seen which ones nobody needs any more.
      utimensat(AT_FDCWD, path, nil, 0)
      return (file, date)
    } catch {
      tell(error, of: path)
      return nil
    }
  }

  /// Tells what is wrong with an index, but not that there is none, or one of another version.
  func tell(_ error: any Error, of path: String) {
    switch error {
    case let error as FileError:
      if !error.isMissing { tellOnce("\(error); read anew") }
    case let fault as ColumnFile.Fault:
      if !fault.isOfOthers { tellOnce("\(path): \(fault.reason); read anew") }
    default: tellOnce("\(path): \(error); read anew")
    }
  }

  /// Tells that the columns of an index are not those of its key.
  func tell(_ fault: ColumnFile.Fault, of key: IndexKey) { tell(fault, of: path(key)) }

  private static func areUnchanged(
    _ starts: ColumnFile.Column<UInt64>, _ paths: ColumnFile.Column<UInt8>,
    _ digests: ColumnFile.Column<UInt64>
  ) throws(ColumnFile.Fault) -> Bool {
    let size = DiskRecord.blockCount
    guard starts.count == (digests.count + size - 1) / size, starts.first ?? 0 == 0 else {
      throw ColumnFile.Fault(reason: "paths without a beginning")
    }
    let bounds = starts.map { Int(clamping: $0) } + [paths.count]
    guard zip(bounds, bounds.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw ColumnFile.Fault(reason: "paths that begin elsewhere")
    }
    let isChanged = Atomic(false)
    _ = MultiBox.concurrentMap(
      count: starts.count, threadCount: AvailableProcessors.count
    ) { block in
      guard !isChanged.load(ordering: .relaxed) else { return }
      let range = block * size..<min((block + 1) * size, digests.count)
      let isSame = DiskRecord.isUnchanged(
        paths: paths.bytes(bounds[block]..<bounds[block + 1]), digests: digests[range])
      if !isSame { isChanged.store(true, ordering: .relaxed) }
    }
    return !isChanged.load(ordering: .relaxed)
  }

  /// Keeps something, or tells once why that cannot be.
  ///
  /// - Parameters:
  ///   - key: says what was read, and how.
  ///   - record: all that was looked at.
  ///   - write: adds the columns; false keeps nothing.
  func keep(
    _ key: IndexKey, _ record: DiskRecord, write: (inout ColumnFileWriter) -> Bool
  ) {
    guard let code = ReadingCode.identity else { return }
    var file = ColumnFileWriter(kind: Self.kind, version: Self.version)
    file.add(key.text)
    file.add(code)
    file.add(Int(Date().timeIntervalSince1970))
    file.add(record.starts)
    file.add(record.paths)
    file.add(record.digests)
    guard write(&file) else { return }
    do throws(FileError) {
      let isThere = FolderListing.isFolder(folder)
      try OutputPath.make(folder: folder)
      // An index tells labels and paths also of files that others may not read.
      if !isThere { chmod(folder, 0o700) }
      try AtomicFile.write(regions: file.regions, to: path(key))
      removeUnused()
    } catch {
      tellOnce("\(error); what was read is not kept (\(Self.variable)=off keeps nothing)")
    }
  }
}
