import Files
import Foundation
import TestSupport
import Testing

/// What is written where no file can be replaced.
struct StreamOutputTests {
  @Test func aPipeGetsTheBytesAndStaysAPipe() throws {
    try withFolder { folder in
      let path = "\(folder)/pipe"
      try #require(mkfifo(path, 0o600) == 0)
      // Opened for both, so that nobody waits for the other end.
      let end = open(path, O_RDWR | O_NONBLOCK)
      defer { close(end) }
      try AtomicFile.write(Data("abc".utf8), to: path)
      var bytes = [UInt8](repeating: 0, count: 8)
      let count = read(end, &bytes, bytes.count)
      #expect(Array(bytes.prefix(max(count, 0))) == Array("abc".utf8))
      var status = stat()
      #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["pipe"])
    }
  }
}
