#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An open file of the system.
package enum Descriptor {
  /// Writes all bytes, in as many pieces as the system takes.
  ///
  /// - Returns: 0, or the system's number of what went wrong.
  package static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let slice = UnsafeRawBufferPointer(rebasing: rest)
      let count = write(descriptor, slice.baseAddress, slice.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
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
