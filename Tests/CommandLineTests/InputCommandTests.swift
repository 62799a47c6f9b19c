import Commands
import Files
import Foundation
import ImageFiles
import ModelFiles
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What commands say of what they cannot read.
struct InputCommandTests {
  private let data = "shapes:images=8,side=64"

  @Test func aFolderIsCalledAFolder() throws {
    try withFolder { folder in
      for command in [
        ["default-boxes", data, "--default-boxes", folder],
        ["train", "--data", data, "--output", folder + "/run", "--default-boxes", folder],
        [
          "loss", "--predictions", folder + "/p", "--targets", folder + "/t", "--default-boxes",
          folder,
        ],
        ["loss", "--predictions", folder, "--targets", "t", "--default-boxes", "ssd300-voc"],
        ["explain", "--image", "x.png", "--annotation", folder],
        ["detect", "--model", folder, "x.png"],
        ["detect", "--model", folder + "/m.onnx", "--description", folder, folder + "/x.png"],
        ["evaluate", "--ground-truth", folder, "--detections", folder],
        ["import", folder, "--model", "ssd300-vgg16", "--output", folder + "/out.safetensors"],
      ] {
        try ConstantModel.write([(1, 0.75, [0.1, 0.1, 0.5, 0.5])], to: folder + "/m.onnx")
        try Safetensors(arrays: [
          "logits": NamedArray(shape: [1, 1, 2], floats: [0, 0]),
          "offsets": NamedArray(shape: [1, 1, 4], floats: [0, 0, 0, 0]),
        ]).write(to: folder + "/p")
        let output = try CommandRunner.run(command)
        #expect(output.status == 1, "\(command)")
        #expect(
          output.err.hasSuffix("multibox: \(folder): a folder, not a file\n"),
          "\(command) \(output.err)")
      }
      let error = #expect(throws: FileError.self) { try ClassNameFile.read(folder) }
      #expect(error?.description == "\(folder): a folder, not a file")
    }
  }

  @Test func whatIsNoDatasetIsCalledWhatItIs() throws {
    try withFolder { folder in
      try #require(mkfifo(folder + "/pipe", 0o600) == 0)
      try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/none"))
      try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/a.bin"))
      for (path, kind) in [
        ("pipe", "a pipe"), ("/dev/null", "a device"), ("none", "a file without ending"),
        ("a.bin", "a file .bin"),
      ] {
        let run = try CommandRunner.run(["dataset", path], in: folder)
        #expect(run.status == 1)
        #expect(
          run.err.hasPrefix("multibox: \(path): expected labelled images, found \(kind); "),
          "\(run.err)")
      }
    }
  }

  // Its folder says which split it is, also where that is the working folder.
  @Test func aFileHasTheSplitOfItsFolderFromWithinToo() throws {
    try withFolder { folder in
      let made = try CommandRunner.run(
        ["dataset", data, "--convert", "via", "--output", "made"], in: folder)
      #expect(made.status == 0, "\(made.err)")
      struct Split: Decodable { let split: String }
      for (place, name) in [(".", "made/val/"), ("made/val", ""), ("made/train", "../val/")] {
        let output = try CommandRunner.run(
          ["dataset", name + "via_region_data.json", "--json"], in: "\(folder)/\(place)")
        let splits = try JSONDecoder().decode([Split].self, from: Data(output.out.utf8))
        #expect(splits.map(\.split) == ["val"], "\(output.err)")
      }
    }
  }

  private static let other = "/usr/bin/setpriv"

  // The superuser sees all, so the command is another's.
  @Test(
    .enabled(
      if: geteuid() != 0 || FileManager.default.isExecutableFile(atPath: other),
      "needs setpriv, or not to be the superuser"))
  func aFolderThatIsClosedIsNotTakenForAnEmptyOne() throws {
    try withFolder { folder in
      let closed = folder + "/closed"
      try FileManager.default.createDirectory(
        atPath: closed + "/run", withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: URL(fileURLWithPath: closed + "/run/configuration.json"))
      chmod(folder, 0o755)
      chmod(closed, 0)
      defer { chmod(closed, 0o755) }
      let open = folder + "/out"
      for (command, path) in [
        (["evaluate", "--run", closed + "/run"], closed + "/run/configuration.json"),
        (["detect", "--run", closed + "/run", "x.png"], closed + "/run/weights.safetensors"),
        (["detect", "--run", closed, "x.png"], closed + "/weights.safetensors"),
        (["train", "--resume", "--output", closed + "/run"], closed + "/run/configuration.json"),
        (["train", "--data", data, "--output", closed], closed + "/weights.safetensors"),
        (["dataset", closed], closed), (["dataset", closed + "/run"], closed + "/run"),
        (["dataset", data, "--export", closed], closed),
        (["dataset", data, "--images", closed + "/run"], closed + "/run"),
        (["default-boxes", data, "--default-boxes", closed + "/b.json"], closed + "/b.json"),
        (["evaluate", "--ground-truth", closed + "/t", "--detections", open], closed + "/t"),
      ] {
        let program = [CommandRunner.multibox] + command
        let output =
          geteuid() == 0
          ? try CommandRunner.run(
            ["--reuid=65534", "--regid=65534", "--clear-groups"] + program, executable: Self.other)
          : try CommandRunner.run(command)
        #expect(output.status == 1, "\(command)")
        #expect(
          output.err == "multibox: \(path): cannot be read: Permission denied\n",
          "\(command) \(output.err)")
      }
    }
  }

  /// Runs a command where the folder that it begins in is changed before.
  private func run(
    _ command: [String], in folder: String, after line: String
  ) throws -> CommandRunner.Output {
    let user =
      geteuid() == 0 ? [Self.other, "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    return try CommandRunner.run(
      ["-c", "\(line) && exec \"$@\"", "sh"] + user + [CommandRunner.multibox] + command,
      executable: "/bin/sh", in: folder)
  }

  // OpenVINO looks for its plugins in the working folder too, and ended with a signal.
  @Test(
    .enabled(
      if: geteuid() != 0 || FileManager.default.isExecutableFile(atPath: other),
      "needs setpriv, or not to be the superuser"))
  func aWorkingFolderThatIsClosedIsNamed() throws {
    try withFolder { folder in
      let (closed, model) = (folder + "/closed", folder + "/model.onnx")
      try FileManager.default.createDirectory(atPath: closed, withIntermediateDirectories: true)
      try ConstantModel.write([(1, 0.9, [0, 0, 0.5, 0.5])], to: model)
      try PNGFile.write(
        RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 9, count: 192)),
        to: folder + "/a.png")
      chmod(folder, 0o755)
      defer { chmod(closed, 0o755) }
      for command in [["detect", "--model", model, folder + "/a.png"], ["describe", model]] {
        let output = try run(command, in: closed, after: "chmod 0 .")
        #expect(output.status == 1 && !output.isSignalled, "\(command)")
        #expect(
          output.err == "multibox: the working folder: Permission denied; OpenVINO needs one that"
            + " is there and open: begin in another\n")
        chmod(closed, 0o755)
      }
      // What needs no engine works.
      #expect(try run(["dataset", data], in: closed, after: "chmod 0 .").status == 0)
    }
  }

  // LibTorch's libraries did not find themselves, and ended it with their own status.
  @Test func aWorkingFolderThatWasRemovedIsNamed() throws {
    try withFolder { folder in
      let gone = folder + "/gone"
      func run(_ command: [String]) throws -> CommandRunner.Output {
        try FileManager.default.createDirectory(atPath: gone, withIntermediateDirectories: true)
        return try CommandRunner.run(
          ["-c", "rmdir \"$PWD\" && exec \"$@\"", "sh", CommandRunner.multibox] + command,
          executable: "/bin/sh", in: gone)
      }
      let output = try run(["train", "--data", data, "--output", folder + "/run"])
      #expect(output.status == 1)
      #expect(
        output.err == "multibox: the working folder: No such file or directory; LibTorch needs one"
          + " that is there and open: begin in another\n")
      #expect(try run(["dataset", data]).status == 0)
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }

  @Test func anArgumentOfSeveralLinesIsQuotedInOne() throws {
    for command in [
      ["detect", "--run", "x", "--threshold", "1\n2", "a.png"],
      ["train", "--data", "x", "--no\nne"],
      ["dataset", data, "--split", "a/b\nc"], ["non\nsense"],
      ["default-boxes", data, "--matching", "a\nUsage: b"],
    ] {
      let output = try CommandRunner.run(command)
      #expect(output.status == 64)
      let lines = output.err.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[0].hasPrefix("Error: ") && lines[0].contains(#"\u000A"#), "\(output.err)")
      // The rest is the parser's: help of an option, usage, where there is more.
      #expect(
        lines.dropFirst().allSatisfy {
          $0.isEmpty || ["Help: ", "Usage: ", "  "].contains(where: $0.hasPrefix)
        }, "\(output.err)")
    }
  }

  // A class of several lines, as JSON may have it.
  @Test func aNameOfSeveralLinesStaysInItsLineOfATable() throws {
    try withFolder { folder in
      let picture = RGBImage(width: 60, height: 60, pixels: [UInt8](repeating: 9, count: 10_800))
      try PNGFile.write(picture, to: folder + "/a.png")
      let truth = """
        {"images": [{"id": 1, "file_name": "a.png"}],
         "categories": [{"id": 1, "name": "one\\ntwo"}, {"id": 2, "name": "cat"}],
         "annotations": [
          {"image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50], "area": 2500},
          {"image_id": 1, "category_id": 2, "bbox": [9, 9, 50, 50], "area": 2500}]}
        """
      try Data(truth.utf8).write(to: URL(fileURLWithPath: folder + "/t.json"))
      try Data("[]".utf8).write(to: URL(fileURLWithPath: folder + "/f.json"))
      for command in [
        ["evaluate", "--ground-truth", "t.json", "--detections", "f.json"],
        ["dataset", "t.json"], ["default-boxes", "t.json"],
      ] {
        let output = try CommandRunner.run(command, in: folder)
        #expect(output.status == 0, "\(output.err)")
        let text = output.out
        #expect(text.contains(#"one\u000Atwo"#) && !text.contains("one\ntwo"), "\(text)")
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("two") })
      }
    }
  }

  // What a reader sees of a file that another process writes anew in its place.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/maps"), "needs /proc"))
  func aFileThatIsCutWhileItIsReadIsNamed() throws {
    try withFolder { folder in
      let truth = folder + "/t.json"
      let text = Data(repeating: UInt8(ascii: " "), count: 1 << 27)
      var cut: CommandRunner.Output?
      // The command may be at its end before it is stopped.
      for _ in 0..<20 where cut == nil {
        try text.write(to: URL(fileURLWithPath: truth))
        let started = try CommandRunner.start(
          CommandRunner.multibox,
          ["evaluate", "--ground-truth", truth, "--detections", folder + "/none"])
        let number = started.process.processIdentifier
        while started.process.isRunning {
          let maps = FileManager.default.contents(atPath: "/proc/\(number)/maps") ?? Data()
          guard maps.range(of: Data(truth.utf8)) != nil else { continue }
          kill(number, SIGSTOP)
          truncate(truth, 0)
          kill(number, SIGCONT)
          break
        }
        let output = CommandRunner.finish(started)
        if output.err.contains("made shorter") { cut = output }
      }
      let output = try #require(cut)
      #expect(output.status == 1 && !output.isSignalled)
      #expect(output.err == "multibox: \(truth): was made shorter while it was read\n")
    }
  }
}
