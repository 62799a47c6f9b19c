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

  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// A copy of the bytes.
  var data: Data { Data(bytes) }

  /// - Parameter path: of the file.
  /// - Throws: ``FileError`` that tells a missing file or a folder, else the system's reason.
  package init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else {
      throw FileError(path: path, reason: InputFile.reason(errno))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, reason: InputFile.reason(errno))
    }
    let type = status.st_mode & S_IFMT
    if type == S_IFDIR { throw FileError(path: path, reason: InputFile.reason(EISDIR)) }
    if type == S_IFREG, status.st_size > 0,
      let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    {
      self.start = UnsafeRawPointer(start)
      count = Int(status.st_size)
      isMapped = true
      return
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    guard let data = try? handle.readToEnd() ?? Data() else {
      throw FileError(path: path, reason: "cannot be read")
    }
    start = Self.copy(data)
    count = data.count
    isMapped = false
  }

  /// Takes bytes that are in memory.
  package init(_ data: Data) {
    start = Self.copy(data)
    count = data.count
    isMapped = false
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: start), count)
    } else {
      start.deallocate()
    }
  }

  private static func copy(_ data: Data) -> UnsafeRawPointer {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, data.count), alignment: 8)
    data.copyBytes(to: UnsafeMutableRawBufferPointer(start: copy, count: data.count))
    return UnsafeRawPointer(copy)
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
