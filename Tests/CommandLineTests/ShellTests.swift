import Foundation
import TestSupport
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
      "--epochs: expected 1 to 1000000, found 0"
    ),
    (
      ["train", "--data", "x", "--output", "y", "--model", "ssd3000"],
      "The value 'ssd3000' is invalid"
    ),
    (
      ["train", "--resume", "--output", "x", "--batch-size", "3"],
      "--batch-size: --resume goes with --output, --epochs, --accept-changed-data, --processes, --collective-timeout and --collectives alone; a run keeps its own"
    ),
    (["evaluate"], "Give either --run, or --model, or --ground-truth and --detections"),
    (["evaluate", "--run", "x", "--iou-threshold", "0.5"], "--iou-threshold goes with --metric"),
    (["detect", "--run", "x"], "Missing expected argument '<images> ...'"),
    (
      ["detect", "--run", "x", "--threshold", "2", "a.jpg"], "--threshold: expected 0…1, found 2.0"
    ),
    (["loss", "--predictions", "p"], "Missing expected argument"),
    (
      ["train", "--data", "x", "--threads", "3000000000"],
      "--threads: expected 1 to 4096, found 3000000000"
    ),
    (
      ["train", "--data", "x", "--precision", "float16", "--device", "cpu"],
      "--precision: expected float32 or bfloat16 with --device cpu, found float16"
    ),
    (
      ["detect", "--model", "x", "--precision", "float16", "a.jpg"],
      "--precision: expected float32 or bfloat16 with --device cpu, found float16"
    ),
    (
      ["train", "--data", "x", "--loader-threads", "4097"],
      "--loader-threads: expected 1 to 4096, found 4097"
    ),
    (
      ["train", "--data", "x", "--epochs", "9223372036854775807"],
      "--epochs: expected 1 to 1000000, found 9223372036854775807"
    ),
    (
      ["train", "--data", "x", "--batch-size", "9223372036854775807"],
      "--batch-size: expected 1 to 65536, found 9223372036854775807"
    ),
    (
      ["train", "--data", "x", "--weight-decay", "inf"],
      "--weight-decay: expected 0 or more, and finite as float32, found inf"
    ),
    (
      ["train", "--data", "x", "--gradient-clip", "inf"],
      "--gradient-clip: expected 0 or more, and finite as float32, found inf"
    ),
    (
      ["train", "--data", "x", "--learning-rate", "nan"],
      "--learning-rate: expected above 0, to 1000000.0, found nan"
    ),
    (
      ["train", "--data", "x", "--negatives-per-positive", "inf"],
      "--negatives-per-positive: expected 0 or more, found inf"
    ),
    (
      ["train", "--data", "x", "--warm-up", "9223372036854775807"],
      "--warm-up: expected 0 to 2147483647, found 9223372036854775807"
    ),
    (
      ["train", "--data", "x", "--max-iterations", "9223372036854775807"],
      "--max-iterations: expected 1 to 1000000000000, found 9223372036854775807"
    ),
    (
      ["train", "--data", "x", "--validate-every", "9223372036854775807"],
      "--validate-every: expected 0 to 1000000, found 9223372036854775807"
    ),
    (
      ["explain", "--image", "x", "--annotation", "y", "--threads", "3000000000"],
      "--threads: expected 1 to 4096, found 3000000000"
    ),
    (
      ["evaluate", "--run", "x", "--batch-size", "9223372036854775807"],
      "--batch-size: expected 1 to 65536, found 9223372036854775807"
    ),
    (
      ["detect", "--run", "x", "--max-pixels", "0", "a.png"],
      "--max-pixels: expected 1 to 2147483648, found 0"
    ),
    (
      ["dataset", "shapes", "--split", "1e308/1e308"],
      "--split: expected a split, or shares such as 80/10/10, found 1e308/1e308"
    ),
  ])
  func wrongUsageIsTheParsersTextAnd64(arguments: [String], message: String) throws {
    let output = try CommandRunner.run(arguments)
    #expect(output.status == 64)
    #expect(output.err.contains(message), "\(output.err)")
    #expect(output.err.contains("Usage: multibox"), "\(output.err)")
    #expect(output.out.isEmpty)
  }

  // As of a shell's variable that is not set: the root folder would be written into.
  @Test(arguments: [
    (["dataset", "shapes:images=2", "--convert", "yolo", "--output", ""], "behind --output"),
    (["dataset", "shapes:images=2", "--export="], "behind --export"),
    (["detect", "--run", "r", "", "x.png"], "behind r"),
  ])
  func anEmptyArgumentIsWrongUsage(arguments: [String], place: String) throws {
    let output = try CommandRunner.run(arguments)
    #expect(output.status == 64)
    #expect(output.err.contains("\(place): expected a value, found an empty one"), "\(output.err)")
  }

  @Test func numbersOfWhatIsMadeHaveARange() throws {
    let output = try CommandRunner.run(["dataset", "shapes:images=9223372036854775807"])
    #expect(output.status == 1 && !output.isSignalled)
    #expect(output.err.contains("out of range (images and held-out 1…10000000"))
  }

  // What a terminal would obey is shown instead: here the name of a file.
  @Test func controlCharactersAreShown() throws {
    let output = try CommandRunner.run(["dataset", "a\u{1B}[31mb\u{9B}c\u{202E}d"])
    #expect(output.status == 1)
    #expect(output.err.contains(#"a\u001B[31mb\u009Bc\u202Ed"#), "\(output.err)")
    #expect(!output.err.unicodeScalars.contains("\u{1B}"))
  }

  @Test func anArgumentThatIsNoUTF8IsNamed() throws {
    try withFolder { folder in
      let output = try shell("multibox detect --run x \"$(printf 'a\\377b').png\"", in: folder)
      #expect(output.status == 64)
      #expect(output.err.contains("a\u{FFFD}b.png: expected UTF-8, found another encoding"))
    }
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
  }

  /// Runs a line of the shell, in which `multibox` is the executable.
  private func shell(_ line: String, in folder: String) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["-c", "multibox() { '\(CommandRunner.multibox)' \"$@\"; }; \(line)"],
      executable: "/bin/sh", in: folder)
  }

  private static let results = [
    "dataset shapes:images=8,side=32 --json", "dataset shapes:images=8,side=32",
    "default-boxes shapes:images=8,side=32 --json", "--help", "train --help", "--version",
    "--generate-completion-script bash",
  ]

  @Test func tooFewOpenFilesAreTold() throws {
    try withFolder { folder in
      let output = try shell(
        "ulimit -n 10; multibox dataset shapes:images=2,side=32", in: folder)
      #expect(output.status == 1)
      #expect(
        output.err
          == "multibox: open files: expected a limit of at least 32, found 10 (ulimit -n)\n")
    }
  }

  // Swift's runtime would end with a signal.
  @Test(arguments: ["train --data shapes:images=4,side=64 --output run", "--version"])
  func aStackThatIsTooSmallIsTold(command: String) throws {
    try withFolder { folder in
      let output = try shell("ulimit -s 64; multibox \(command)", in: folder)
      #expect(output.status == 1 && !output.isSignalled)
      #expect(
        output.err
          == "multibox: stack: expected a limit of at least 512 KiB, found 64 KiB (ulimit -s)\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func aFileBeyondTheLimitOfTheProcessIsAnError() throws {
    try withFolder { folder in
      let output = try shell(
        "ulimit -f 1; multibox default-boxes shapes:images=8,side=32 --picture boxes.png",
        in: folder)
      #expect(output.status == 1 && !output.isSignalled)
      #expect(output.err.hasSuffix("multibox: boxes.png: cannot be written: File too large\n"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test(arguments: results, [">/dev/full", ">&-"])
  func aResultThatDoesNotArriveIsAnError(command: String, redirection: String) throws {
    try withFolder { folder in
      let output = try shell("multibox \(command) \(redirection)", in: folder)
      #expect(output.status == 1 && !output.isSignalled)
      let reason = redirection == ">&-" ? "Bad file descriptor" : "No space left on device"
      #expect(output.err == "multibox: standard output: cannot be written: \(reason)\n")
    }
  }

  // A reader that has seen enough is no news: `multibox … | head -1`.
  @Test(arguments: results) func aReaderThatHasGoneEndsItQuietly(command: String) throws {
    try withFolder { folder in
      _ = try shell("{ sleep 0.3; multibox \(command) 2>err; echo $? >status; } | :", in: folder)
      #expect(try String(contentsOfFile: folder + "/err", encoding: .utf8) == "")
      #expect(try String(contentsOfFile: folder + "/status", encoding: .utf8) == "1\n")
    }
  }

  @Test(arguments: ["2>/dev/full", "2>&-", "<&- 2>&-"])
  func aMessageThatCannotBeShownChangesNothing(redirection: String) throws {
    try withFolder { folder in
      let command = "multibox dataset shapes:images=8,side=32"
      let right = try shell(command, in: folder)
      let output = try shell("\(command) \(redirection)", in: folder)
      #expect(output.status == 0 && !output.isSignalled)
      #expect(!output.out.isEmpty && output.out == right.out && output.err.isEmpty)
      #expect(try shell("multibox nonsense \(redirection)", in: folder).status == 64)
      #expect(try shell("multibox dataset nothing \(redirection)", in: folder).status == 1)
    }
  }

  // With nobody who sees it, and with a file in the place of the stream: none of its lines may get
  // into a file that the training opens.
  @Test(arguments: ["2>/dev/full", "2>&-", "<&- 2>&-"])
  func aTrainingThatNobodySeesGoesOn(redirection: String) throws {
    try withFolder { folder in
      let command =
        "multibox train --data shapes:images=8,side=64 --image-size 64 --epochs 1"
        + " --batch-size 4 --threads 1 --output run"
      let output = try shell("\(command) \(redirection)", in: folder)
      #expect(output.status == 0 && !output.isSignalled)
      #expect(output.out == "run/weights.safetensors\n")
      #expect(FileManager.default.fileExists(atPath: folder + "/run/report.html"))
    }
  }

  // The training is done, and its result is told to nobody: multibox hands the closed stream on.
  @Test func aTrainingTellsThatItsResultDidNotArrive() throws {
    try withFolder { folder in
      let output = try shell(
        "multibox train --data shapes:images=8,side=64 --image-size 64 --epochs 1 --batch-size 4"
          + " --threads 1 --output run >&-", in: folder)
      #expect(output.status == 1 && !output.isSignalled)
      #expect(
        output.err.hasSuffix(
          "multibox: standard output: cannot be written: Bad file descriptor\n"))
      #expect(FileManager.default.fileExists(atPath: folder + "/run/weights.safetensors"))
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
    try CommandRunner.withStandIn("#!/bin/sh\nprintf '%s|' \"$@\"\nexit 37\n") { multibox in
      let run = try Self.runOfWeights(beside: multibox)
      let output = try CommandRunner.run(
        ["detect", "--run", run, "--threshold", "0.25", "ü.jpg"], executable: multibox)
      #expect(output.out == "detect|--run|\(run)|--threshold|0.25|ü.jpg|")
      #expect(output.status == 37 && !output.isSignalled)
      // Which engine it is, and why, is said.
      #expect(output.err == "\(run): LibTorch detects: the run holds no detector.onnx\n")
    }
  }

  // Threads that spin while they wait cost a training beside another program most of its time.
  @Test func threadsOfTheEngineSleepUnlessSomebodyChoseOtherwise() throws {
    let script = "#!/bin/sh\nprintf '%s|' \"$OMP_WAIT_POLICY\" \"$GOMP_SPINCOUNT\"\n"
    try CommandRunner.withStandIn(script) { multibox in
      let train = "'\(multibox)' train --data x --output y"
      for (chosen, expected) in [
        ("-u OMP_WAIT_POLICY -u GOMP_SPINCOUNT", "passive||"),
        ("-u GOMP_SPINCOUNT OMP_WAIT_POLICY=active", "active||"),
        ("-u OMP_WAIT_POLICY GOMP_SPINCOUNT=9", "|9|"),
      ] {
        let output = try CommandRunner.run(
          ["-c", "env \(chosen) \(train)"], executable: "/bin/sh")
        #expect(output.out == expected, "\(output.err)")
      }
    }
  }

  // SIGKILL, because a test runner may have told its children to ignore the polite ones.
  @Test func signalsAreHandedOver() throws {
    try CommandRunner.withStandIn("#!/bin/sh\nkill -KILL $$\n") { multibox in
      let output = try CommandRunner.run(
        ["train", "--data", "x", "--output", "y"], executable: multibox)
      #expect(output.isSignalled && output.status == SIGKILL)
    }
  }

  @Test func aMissingExecutableIsNamed() throws {
    try CommandRunner.withStandIn(nil) { multibox in
      let run = try Self.runOfWeights(beside: multibox)
      let output = try CommandRunner.run(
        ["detect", "--run", run, "ü.jpg"], executable: multibox)
      #expect(output.status == 1)
      #expect(
        output.err
          == "\(run): LibTorch detects: the run holds no detector.onnx\n"
          + "multibox: \(multibox)-torch: no such executable; `make build` builds it beside multibox;"
          + " where that is, `multibox export` makes detector.onnx of a run, which needs none\n")
    }
  }
}
