import Foundation
import TestSupport
import Testing

@testable import Files

struct FolderLockTests {
  private func make(_ folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private func write(_ text: String, to path: String) throws {
    try AtomicFile.write(Data(text.utf8), to: path)
  }

  @Test func nothingIsWrittenUnderANameThatIsAnotherFolders() throws {
    try withFolder { path in
      let (run, moved) = ("\(path)/run", "\(path)/moved")
      try make(run)
      let lock = try FolderLock(run, work: "a training")
      try write("first", to: "\(run)/a")
      try FileManager.default.moveItem(atPath: run, toPath: moved)
      func reason(_ write: () throws -> Void) -> String? {
        (#expect(throws: FileError.self) { try write() })?.description
      }
      let words = "\(run): expected the folder that the work began in, found "
      let end = ": it was moved; nothing more is written"
      #expect(reason { try write("second", to: "\(run)/a") } == "\(words)none\(end)")
      try make("\(run)/report")
      try Data("another's".utf8).write(to: URL(fileURLWithPath: "\(run)/a"))
      for name in ["a", "b", "report/c"] {
        #expect(reason { try write("second", to: "\(run)/\(name)") } == "\(words)another\(end)")
      }
      #expect(reason { _ = try GrowingFile(extending: "\(run)/a") } == "\(words)another\(end)")
      #expect(reason { _ = try GrowingFile(making: "\(run)/b") } == "\(words)another\(end)")
      #expect(text("\(run)/a") == "another's")
      #expect(text("\(moved)/a") == "first")
      #expect(try FileManager.default.contentsOfDirectory(atPath: run).sorted() == ["a", "report"])
      // Beside it, and in a folder whose name begins as its name does, everything is as before.
      try make("\(path)/run-2")
      try write("beside", to: "\(path)/run-2/a")
      #expect(text("\(path)/run-2/a") == "beside")
      // The folder has its name again.
      try FileManager.default.removeItem(atPath: run)
      try FileManager.default.moveItem(atPath: moved, toPath: run)
      try write("third", to: "\(run)/a")
      #expect(text("\(run)/a") == "third")
      withExtendedLifetime(lock) {}
    }
  }

  @Test func aLockThatHasEndedHindersNothing() throws {
    try withFolder { path in
      let run = "\(path)/run"
      try make(run)
      do {
        let lock = try FolderLock(run, work: "a training")
        withExtendedLifetime(lock) {}
      }
      try FileManager.default.moveItem(atPath: run, toPath: "\(path)/moved")
      try make(run)
      try write("new", to: "\(run)/a")
      #expect(text("\(run)/a") == "new")
    }
  }
}
