import Foundation
import Testing

struct ShellTests {
  @Test func multiboxLinksNoLibTorch() throws {
    let output = try CommandRunner.run([CommandRunner.multibox], executable: "/usr/bin/ldd")
    #expect(output.status == 0)
    #expect(output.out.contains("libFoundation"))
    #expect(!output.out.contains("libtorch"))
    #expect(!output.out.contains("libc10"))
  }

  @Test(arguments: [
    (["nonsense"], "Unexpected argument 'nonsense'"),
    (["train"], "Missing expected argument '--data <data>'"),
    (["train", "--output", "x"], "Missing expected argument '--data <data>'"),
    (
      ["train", "--data", "x", "--output", "y", "--epochs", "0"],
      "--epochs: expected above 0, found 0"
    ),
    (
      ["train", "--data", "x", "--output", "y", "--model", "ssd3000"],
      "The value 'ssd3000' is invalid"
    ),
    (
      ["train", "--resume", "--output", "x", "--epochs", "3"],
      "--epochs: --resume goes with --output alone; a run keeps its own configuration"
    ),
    (["evaluate"], "Give either --run, or --model, or --ground-truth and --detections"),
    (["evaluate", "--run", "x", "--iou-threshold", "0.5"], "--iou-threshold goes with --metric"),
    (["detect", "--run", "x"], "Missing expected argument '<images> ...'"),
    (
      ["detect", "--run", "x", "--threshold", "2", "a.jpg"], "--threshold: expected 0…1, found 2.0"
    ),
    (["loss", "--predictions", "p"], "Missing expected argument"),
  ])
  func wrongUsageIsTheParsersTextAnd64(arguments: [String], message: String) throws {
    let output = try CommandRunner.run(arguments)
    #expect(output.status == 64)
    #expect(output.err.contains(message), "\(output.err)")
    #expect(output.err.contains("Usage: multibox"), "\(output.err)")
    #expect(output.out.isEmpty)
  }

  @Test func helpNamesEverySubcommand() throws {
    let output = try CommandRunner.run(["--help"])
    #expect(output.status == 0)
    for name in [
      "train", "evaluate", "detect", "loss", "explain", "dataset", "default-boxes", "import",
      "export",
    ] {
      #expect(output.out.contains("  \(name) "), "\(name)")
    }
    #expect(try CommandRunner.run(["--version"]).out == "0.1.0\n")
  }

  /// A copy of multibox beside a stand-in for multibox-torch.
  private func withStandIn<Result>(
    _ script: String?, _ body: (String) throws -> Result
  ) throws -> Result {
    try CommandRunner.withFolder { folder in
      try FileManager.default.copyItem(
        atPath: CommandRunner.multibox, toPath: folder + "/multibox")
      if let script {
        let path = folder + "/multibox-torch"
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      }
      return try body(folder + "/multibox")
    }
  }

  /// Makes a run that only LibTorch can detect with.
  private static func runOfWeights(beside multibox: String) throws -> String {
    let run = (multibox as NSString).deletingLastPathComponent + "/a run"
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: run + "/weights.safetensors"))
    return run
  }

  @Test func argumentsAndExitCodeAreHandedOver() throws {
    try withStandIn("#!/bin/sh\nprintf '%s|' \"$@\"\nexit 37\n") { multibox in
      let run = try Self.runOfWeights(beside: multibox)
      let output = try CommandRunner.run(
        ["detect", "--run", run, "--threshold", "0.25", "ü.jpg"], executable: multibox)
      #expect(output.out == "detect|--run|\(run)|--threshold|0.25|ü.jpg|")
      #expect(output.status == 37 && !output.isSignalled)
      // Which engine it is, and why, is said.
      #expect(output.err == "\(run): LibTorch detects: the run holds no detector.onnx\n")
    }
  }

  // SIGKILL, because a test runner may have told its children to ignore the polite ones.
  @Test func signalsAreHandedOver() throws {
    try withStandIn("#!/bin/sh\nkill -KILL $$\n") { multibox in
      let output = try CommandRunner.run(
        ["train", "--data", "x", "--output", "y"], executable: multibox)
      #expect(output.isSignalled && output.status == SIGKILL)
    }
  }

  @Test func aMissingExecutableIsNamed() throws {
    try withStandIn(nil) { multibox in
      let run = try Self.runOfWeights(beside: multibox)
      let output = try CommandRunner.run(
        ["detect", "--run", run, "ü.jpg"], executable: multibox)
      #expect(output.status == 1)
      #expect(
        output.err
          == """
          \(run): LibTorch detects: the run holds no detector.onnx
          multibox: \(multibox)-torch: no such executable; `make build` builds it beside multibox

          """)
    }
  }
}
