#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An open file of the system.
package enum Descriptor {
  private static let largestRefusalCount = 8

  /// Makes what was written durable.
  ///
  /// - Returns: 0, or the system's number of what went wrong.
  package static func sync(_ descriptor: Int32) -> Int32 {
    while fsync(descriptor) != 0 {
      guard errno == EINTR else { return errno }
    }
    return 0
  }

  /// The system's number of what went wrong.
  struct Failure: Error { let number: Int32 }

  /// Reads all bytes to the end.
  ///
  /// - Parameter size: what the file is said to have; more and fewer are taken as they come.
  /// - Returns: memory that the caller must deallocate.
  static func readAll(
    _ descriptor: Int32, expecting size: Int
  ) -> Result<(start: UnsafeMutableRawPointer, count: Int), Failure> {
    // One more, so that the end is met without another piece of memory.
    var room = max(size + 1, 1 << 12)
    var start = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 8)
    var filled = 0
    while true {
      let count = read(descriptor, start + filled, room - filled)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        let number = errno
        start.deallocate()
        return .failure(Failure(number: number))
      }
      if count == 0 { return .success((start, filled)) }
      filled += count
      guard filled == room else { continue }
      room *= 2
      let larger = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 8)
      larger.copyMemory(from: start, byteCount: filled)
      start.deallocate()
      start = larger
    }
  }

  /// Writes all bytes, in as many pieces as the system takes.
  ///
  /// - Returns: 0, or the system's number of what went wrong.
  package static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    var refusals = 0
    while !rest.isEmpty {
      let slice = UnsafeRawBufferPointer(rebasing: rest)
      let count = write(descriptor, slice.baseAddress, slice.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
        // Nothing taken, and no reason given: not for ever.
        refusals = count > 0 ? 0 : refusals + 1
        if refusals == largestRefusalCount { return EIO }
        continue
      }
      switch errno {
      case EINTR: break
      case EAGAIN:
        // Of a terminal or pipe that its owner told not to block.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      case let number: return number
      }
    }
    return 0
  }
}
