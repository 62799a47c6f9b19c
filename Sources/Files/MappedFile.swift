import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The bytes of a file for a reader that passes them once, from the front to the back.
///
/// Mapped where the system can map them, so that a file of any size costs little memory if its
/// reader gives back what it has passed (``release(_:)``); read whole where it cannot, as from a
/// pipe.
package final class MappedFile: Sendable {
  /// The first byte; of an empty file an address that nothing may be read from.
  ///
  /// Nothing writes to the bytes, and they stay until the end.
  nonisolated(unsafe) package let start: UnsafeRawPointer
  package let count: Int
  private let isMapped: Bool
  /// Among those that are known by their addresses.
  private let place: Int?

  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// Smaller files are read: copying them costs no more, and whoever cuts them takes nothing away.
  private static let leastMappedCount = 1 << 20

  /// - Parameters:
  ///   - path: of the file.
  ///   - isMapped: false reads large files too.
  /// - Throws: ``FileError`` that tells a missing file, a folder or a device, else the system's
  ///   reason.
  package init(_ path: String, isMapped: Bool = true) throws(FileError) {
    func fail(_ number: Int32) -> FileError {
      FileError(path: path, reason: InputFile.reason(number))
    }
    // To the system a path ends there, and another file would be read.
    guard !path.utf8.contains(0) else { throw fail(ENOENT) }
    DiskTrace.note(path)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fail(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw fail(errno) }
    let type = status.st_mode & S_IFMT
    if type == S_IFDIR { throw fail(EISDIR) }
    // Such as /dev/zero have no end; at a terminal somebody sits, and one is nothing.
    guard
      type != S_IFBLK,
      type != S_IFCHR || isatty(descriptor) != 0
        || FileIdentity(path) == FileIdentity("/dev/null")
    else { throw FileError(path: path, reason: "a device, not a file") }
    let size = type == S_IFREG ? Int(status.st_size) : 0
    if isMapped, size >= Self.leastMappedCount,
      let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    {
      self.start = UnsafeRawPointer(start)
      count = size
      self.isMapped = true
      place = MappedRanges.begin(UnsafeRawBufferPointer(start: start, count: size), path: path)
      return
    }
    switch Descriptor.readAll(descriptor, expecting: size) {
    case .success(let bytes):
      start = UnsafeRawPointer(bytes.start)
      count = bytes.count
    case .failure(let error): throw fail(error.number)
    }
    self.isMapped = false
    place = nil
  }

  /// Takes bytes that are in memory.
  package init(_ data: Data) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, data.count), alignment: 8)
    data.copyBytes(to: UnsafeMutableRawBufferPointer(start: copy, count: data.count))
    start = UnsafeRawPointer(copy)
    count = data.count
    isMapped = false
    place = nil
  }

  deinit {
    if isMapped {
      MappedRanges.end(place)
      munmap(UnsafeMutableRawPointer(mutating: start), count)
    } else {
      start.deallocate()
    }
  }

  /// Gives the memory of a part back. It can be read again: the system then fetches it anew.
  ///
  /// - Parameter range: offsets of bytes; the pages that lie in it as a whole are given back.
  package func release(_ range: Range<Int>) {
    guard isMapped else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let lower = (range.lowerBound + page - 1) / page * page
    let upper = range.upperBound / page * page
    guard lower < upper else { return }
    // The mapping is private and never written to, so nothing is lost.
    madvise(UnsafeMutableRawPointer(mutating: start + lower), upper - lower, MADV_DONTNEED)
  }
}
