import Datasets
import Files
import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Paths in files from elsewhere lead to what has no end, or holds everything.
struct UntrustedPathTests {
  @Test func aLongNameLeavesRoomForAnEnding() {
    let name = String(repeating: "ä", count: 125).asFileName
    #expect(name.utf8.count == 230 && name.allSatisfy { $0 == "ä" })
  }

  // A pipe that nobody writes to waits for ever, a device of zeros never ends.
  @Test func devicesAndPipesAreNotAmongTheFilesOfAFolder() throws {
    try withFolder { folder in
      try Fixtures.write("a", to: folder + "/a.txt")
      #expect(mkfifo(folder + "/b.txt", 0o600) == 0)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/c.txt", withDestinationPath: "/dev/zero")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/d.txt", withDestinationPath: folder + "/a.txt")
      #expect(FolderListing(folder)?.files == ["a.txt", "d.txt"])
      #expect(FolderTree().find("/dev/zero", in: "/") == nil)
    }
  }

  @Test func aDescriptionThatNamesADeviceLacksThatSplit() throws {
    try withDescription("train: images\nval: /dev/zero\n") { folder in
      let (dataset, report) = try DatasetLoader(path: folder, format: .yolo).load(split: "train")
      #expect(dataset.images.count == 1)
      #expect(
        report.problems.filter { $0.kind == .missingSplit }.map(\.reason)
          == ["val: no such folder or list of images: /dev/zero"])
    }
  }

  @Test(arguments: ["/", "../../../../../../../../../../../../..", "/usr/.."])
  func aDescriptionThatNamesTheRootOfAllIsRefused(path: String) throws {
    try withDescription("train: \(path)\n") { folder in
      let error = #expect(throws: FileError.self) {
        try DatasetLoader(path: folder, format: .yolo)
      }
      #expect(error?.reason.hasPrefix("expected a folder of images, found the root of all") == true)
    }
  }

  private func withDescription(_ splits: String, _ body: (String) throws -> Void) throws {
    try withFolder { folder in
      try Fixtures.write(splits + "names: [cat]\n", to: folder + "/data.yaml")
      try Fixtures.writeImage(folder + "/images/a.png", width: 40, height: 20)
      try Fixtures.write("0 0.5 0.5 0.25 0.5", to: folder + "/labels/a.txt")
      try body(folder)
    }
  }
}
