import Foundation
import TestSupport
import Testing

@testable import Files

struct UnfinishedFilesTests {
  @Test func foldersOfKilledProcessesGoWithWhatIsInThem() throws {
    try withFolder { folder in
      // No process has the largest number; this one lives.
      let dead = "\(folder)/multibox-pace.2147483647.12.multibox.tmp"
      let living = UnfinishedFiles.temporaryPath(of: folder + "/multibox-pace")
      // Of another container: its number says nothing, that it is locked does.
      let held = "\(folder)/multibox-pace.2147483647.13.multibox.tmp"
      let others = "\(folder)/multibox-pace.2147483647.12.tmp"
      for place in [dead, living, held, others] {
        try FileManager.default.createDirectory(
          atPath: place + "/report", withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: place + "/report/a.svg"))
      }
      let lock = try FolderLock(held, work: "a training")
      #expect(UnfinishedFiles.removeLeftovers(in: folder) == 1)
      let kept = [living, held, others].map(\.lastPart).sorted()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == kept)
      withExtendedLifetime(lock) {}
      // What lies in a folder is not looked at.
      let inner = "\(living)/a.2147483647.12.multibox.tmp"
      try Data([1]).write(to: URL(fileURLWithPath: inner))
      _ = UnfinishedFiles.removeLeftovers(in: folder)
      #expect(FileManager.default.fileExists(atPath: inner))
    }
  }
}
