import Foundation
import TestSupport
import Testing

@testable import Files

/// Parts of files, and the files that stay open for them.
struct FilePartTests {
  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func text(
    _ path: String, _ range: Range<Int>, by files: OpenFiles
  ) throws -> String {
    String(
      decoding: try FilePart(path: path, offset: range.lowerBound, length: range.count).contents(
        by: files), as: UTF8.self)
  }

  @Test func aFileIsOpenedOnceForAllItsParts() throws {
    try withFolder { folder in
      let files = OpenFiles(capacity: 2)
      let paths = (0..<3).map { "\(folder)/\($0)" }
      for path in paths { try write("0123456789", to: path) }
      for start in 0..<8 {
        #expect(
          try text(paths[0], start..<start + 3, by: files)
            == String("0123456789".dropFirst(start).prefix(3)))
      }
      #expect(files.openCount == 1 && files.count == 1)
      // By hand: 1 is opened, and used again before 2 is opened in the place of 0; 0 then takes
      // that of 1, as 2 was used since.
      for path in [paths[1], paths[0], paths[1], paths[2]] {
        _ = try text(path, 0..<1, by: files)
      }
      #expect(files.openCount == 3 && files.count == 2)
      _ = try text(paths[1], 0..<1, by: files)
      #expect(files.openCount == 3)
      _ = try text(paths[2], 0..<1, by: files)
      _ = try text(paths[0], 0..<1, by: files)
      #expect(files.openCount == 4 && files.count == 2)
      _ = try text(paths[2], 0..<1, by: files)
      #expect(files.openCount == 4)
      _ = try text(paths[1], 0..<1, by: files)
      #expect(files.openCount == 5)
    }
  }

  @Test func aFileInTheOnesPlaceIsRead() throws {
    try withFolder { folder in
      let files = OpenFiles(capacity: 2)
      let path = folder + "/a"
      try write("before", to: path)
      #expect(try text(path, 0..<6, by: files) == "before")
      // Renamed over it, as every atomic writing does.
      try write("behind it", to: folder + "/b")
      #expect(rename(folder + "/b", path) == 0)
      #expect(try text(path, 0..<9, by: files) == "behind it")
      #expect(files.openCount == 2 && files.count == 1)
      try FileManager.default.removeItem(atPath: path)
      let error = #expect(throws: FileError.self) { try text(path, 0..<1, by: files) }
      #expect(error == FileError(path: path, reason: FileError.missing))
      #expect(files.count == 0)
      // The same place again, and one that was made shorter meanwhile.
      try write("anew", to: path)
      #expect(try text(path, 0..<4, by: files) == "anew")
      #expect(truncate(path, 2) == 0)
      #expect(
        #expect(throws: FileError.self) { try text(path, 0..<4, by: files) }?.reason
          == "expected 4 bytes from 0, found fewer")
      #expect(try text(path, 0..<2, by: files) == "an")
    }
  }

  @Test func aFolderIsNotKept() throws {
    try withFolder { folder in
      let files = OpenFiles(capacity: 2)
      #expect(throws: FileError.self) { try text(folder, 0..<1, by: files) }
      #expect(files.count == 0)
    }
  }

  // A file that is closed for others is still read by whoever has it.
  @Test func manyThreadsReadMoreFilesThanStayOpen() throws {
    try withFolder { folder in
      let files = OpenFiles(capacity: 2)
      let paths = (0..<5).map { "\(folder)/\($0)" }
      for (number, path) in paths.enumerated() {
        try write(String(repeating: "\(number)", count: 1000), to: path)
      }
      let wrong = NSLock()
      nonisolated(unsafe) var wrongCount = 0
      DispatchQueue.concurrentPerform(iterations: 8) { thread in
        for round in 0..<200 {
          let number = (round * 7 + thread) % 5
          let found = try? text(paths[number], round..<round + 100, by: files)
          if found != String(repeating: "\(number)", count: 100) {
            wrong.withLock { wrongCount += 1 }
          }
        }
      }
      #expect(wrongCount == 0)
      #expect(files.count == 2)
    }
  }
}
