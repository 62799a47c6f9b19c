import Datasets
import Foundation
import ImageFiles
import TestSupport
import Testing

/// One after the other: trainings share the cores.
@Suite(.serialized) struct TrainCommandTests {
  private func arguments(_ run: String) -> [String] {
    [
      "train", "--data", "shapes:images=40,side=64,seed=2", "--output", run, "--image-size", "64",
      "--epochs", "8", "--batch-size", "4", "--validate-every", "3", "--threads", "2", "--warm-up",
      "5", "--precision", "float32", "--seed", "9",
    ]
  }

  private func wait(_ seconds: Double, until condition: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if condition() { return true }
      usleep(20_000)
    }
    return false
  }

  @Test func aKilledAndResumedRunHasTheWeightsOfOneNeverStopped() throws {
    try withFolder { folder in
      func short(_ run: String) -> [String] { arguments(run).map { $0 == "8" ? "5" : $0 } }
      let whole = try CommandRunner.run(short(folder + "/whole"))
      #expect(whole.status == 0, "\(whole.err)")

      let run = folder + "/killed"
      let started = try CommandRunner.start(CommandRunner.multibox, short(run))
      let hasBegun = wait(60) {
        FileManager.default.fileExists(atPath: run + "/metrics.jsonl")
      }
      #expect(hasBegun)
      kill(started.process.processIdentifier, SIGKILL)
      let killed = CommandRunner.finish(started)
      #expect(killed.isSignalled && killed.status == SIGKILL)

      let resumed = try CommandRunner.run(["train", "--resume", "--output", run])
      #expect(resumed.status == 0, "\(resumed.err)")
      #expect(resumed.err.contains("resumed after step"))
      let weights = try [folder + "/whole", run].map {
        try #require(FileManager.default.contents(atPath: $0 + "/weights.safetensors"))
      }
      #expect(weights[0] == weights[1])
    }
  }

  // Also where an epoch is one step, and nothing is asked inside of it.
  @Test(arguments: [(SIGINT, 4), (SIGTERM, 40), (SIGHUP, 4)])
  func aSignalSavesAndSaysHowToGoOn(signal: Int32, batchSize: Int) throws {
    try withFolder { folder in
      let run = folder + "/run"
      var arguments = arguments(run)
      for (option, value) in [("--epochs", "10000"), ("--batch-size", "\(batchSize)")] {
        let position = try #require(arguments.firstIndex(of: option))
        arguments[position + 1] = value
      }
      // Under nohup, as these tests may run, it would stay ignored.
      let started = try CommandRunner.start(
        "/usr/bin/env", ["--default-signal=HUP", CommandRunner.multibox] + arguments)
      #expect(
        wait(60) { FileManager.default.fileExists(atPath: run + "/checkpoint.safetensors") })
      kill(started.process.processIdentifier, signal)
      let output = CommandRunner.finish(started)
      #expect(output.status == 128 + signal && !output.isSignalled)
      #expect(
        output.err.contains(
          "all saved; go on with: multibox train --resume --output \(run)"), "\(output.err)")
    }
  }

  @Test func aRunIsEvaluatedAndDetects() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let output = try CommandRunner.run(arguments(run))
      #expect(output.status == 0 && output.out == run + "/weights.safetensors\n", "\(output.err)")
      let again = try CommandRunner.run(arguments(run))
      #expect(again.status == 1)
      #expect(
        again.err
          == "multibox: \(run): holds a run already; --resume continues it, another --output starts anew\n"
      )
      let evaluation = try CommandRunner.run(["evaluate", "--run", run, "--json"])
      #expect(evaluation.status == 0, "\(evaluation.err)")
      let measures = try #require(
        JSONSerialization.jsonObject(with: Data(evaluation.out.utf8)) as? [String: Any])
      #expect((measures["perClass"] as? [String: Any])?.count == 4)

      let image = folder + "/picture.png"
      let picture = ShapesSpecification(imageCount: 1, side: 96, seed: 7).dataset(split: "train")
      try PNGFile.write(picture.images[0].pixels(), to: image)
      let detection = try CommandRunner.run([
        "detect", "--run", run, image, "--json", "--threshold", "0.02", "--output", folder + "/out",
      ])
      #expect(detection.status == 0, "\(detection.err)")
      let line = try #require(
        JSONSerialization.jsonObject(with: Data(detection.out.utf8)) as? [String: Any])
      #expect(Set(line.keys) == ["image", "width", "height", "detections"])
      #expect(line["image"] as? String == image)
      #expect(line["width"] as? Int == 96)
      let first = try #require((line["detections"] as? [[String: Any]])?.first)
      #expect(Set(first.keys) == ["class", "classIndex", "score", "box"])
      #expect(try ImageFile.size(folder + "/out/picture.png").width == 96)
      #expect(
        try CommandRunner.run([
          "detect", "--run", run, image, "--json", "--threshold", "0.02",
        ]).out == detection.out)

      // On a machine that has multibox alone, what was copied of the run detects the same.
      try FileManager.default.createDirectory(
        atPath: folder + "/copied/bin", withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: CommandRunner.multibox, toPath: folder + "/copied/bin/multibox")
      for file in ["configuration.json", "detector.onnx"] {
        try FileManager.default.copyItem(
          atPath: "\(run)/\(file)", toPath: "\(folder)/copied/\(file)")
      }
      #expect(
        try CommandRunner.run(
          ["detect", "--run", folder + "/copied", image, "--json", "--threshold", "0.02"],
          executable: folder + "/copied/bin/multibox"
        ).out == detection.out)

      let missing = try CommandRunner.run([
        "detect", "--run", run, folder + "/none.jpg", "--threshold", "0.5",
      ])
      #expect(missing.status == 1)
      #expect(
        missing.err
          == "\(run): OpenVINO runs detector.onnx\nmultibox: \(folder)/none.jpg: no such file\n")
    }
  }

  // Tiles of a quarter of each image, unless told otherwise.
  @Test func aRunThatWasTrainedInTilesDetectsInTiles() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let training = try CommandRunner.run([
        "train", "--data", "shapes:images=12,side=128,seed=2", "--output", run, "--image-size",
        "64", "--epochs", "1", "--batch-size", "4", "--precision", "float32", "--tiles", "64",
      ])
      #expect(training.status == 0, "\(training.err)")
      #expect(
        training.err.contains(
          "tiles of 64 pixels of the larger images (12 of 12); splits are measured in tiles, too"),
        "\(training.err)")

      let image = folder + "/picture.png"
      let picture = ShapesSpecification(imageCount: 1, side: 128, seed: 7).dataset(split: "train")
      try PNGFile.write(picture.images[0].pixels(), to: image)
      func detected(
        _ options: [String], with detector: [String] = ["--run", run]
      ) throws -> (out: String, tells: Bool) {
        let output = try CommandRunner.run(
          ["detect", image, "--json", "--threshold", "0.001"] + detector + options)
        #expect(output.status == 0, "\(output.err)")
        let tells = output.err.contains(
          "tiles of 64 pixels, as the detector was trained (--tiles)\n")
        return (output.out, tells)
      }
      let usual = try detected([])
      let whole = try detected(["--tiles", "0"])
      let tiled = try detected(["--tiles", "64"])
      #expect(usual.tells && !whole.tells && !tiled.tells)
      #expect(usual.out == tiled.out && usual.out != whole.out)
      // The file alone knows it, too.
      let model = ["--model", run + "/detector.onnx"]
      let ofModel = try detected([], with: model)
      #expect(ofModel.tells)
      #expect(try ofModel.out == detected(["--tiles", "64"], with: model).out)
      #expect(try ofModel.out != detected(["--tiles", "0"], with: model).out)
    }
  }

  // A processor without bfloat16, whatever this one has: oneDNN is told so.
  @Test func theTerminalAndTheConfigurationSayWhichPrecisionWasTaken() throws {
    try withFolder { folder in
      let precision = try #require(arguments("").firstIndex(of: "--precision"))
      for isChosen in [false, true] {
        let run = folder + "/\(isChosen)"
        var arguments = arguments(run) + ["--max-iterations", "1"]
        if !isChosen { arguments.removeSubrange(precision..<precision + 2) }
        let output = try CommandRunner.run(
          ["ONEDNN_MAX_CPU_ISA=AVX2", CommandRunner.multibox] + arguments,
          executable: "/usr/bin/env")
        #expect(output.status == 0, "\(output.err)")
        let reason = isChosen ? "as chosen" : "this processor does not compute bfloat16 natively"
        #expect(output.err.contains("precision float32: \(reason)\n"), "\(output.err)")
        let configuration = try JSONSerialization.jsonObject(
          with: Data(contentsOf: URL(fileURLWithPath: run + "/configuration.json")))
        let execution = (configuration as? [String: Any])?["execution"] as? [String: Any]
        #expect(execution?["precision"] as? String == "float32")
      }
    }
  }

  // The step takes seconds: the first signal waits for its end, the second does not.
  @Test func aSecondSignalEndsAtOnce() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let started = try CommandRunner.start(
        CommandRunner.multibox,
        [
          "train", "--data", "shapes:images=24,side=64", "--output", run, "--image-size", "512",
          "--epochs", "1", "--batch-size", "24", "--threads", "1",
        ])
      #expect(
        wait(60) { FileManager.default.fileExists(atPath: run + "/checkpoint.safetensors") })
      let process = started.process
      for _ in 0..<2 {
        kill(process.processIdentifier, SIGTERM)
        // Two at once would be one.
        usleep(50_000)
      }
      let output = CommandRunner.finish(started)
      #expect(output.status == SIGTERM && output.isSignalled)
      let left = try FileManager.default.contentsOfDirectory(atPath: run)
      #expect(!left.contains { $0.hasSuffix(".tmp") }, "\(left)")
    }
  }

  @Test func aRunIsMadeLongerByResume() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let short = arguments(run).map { $0 == "8" ? "2" : $0 }
      #expect(try CommandRunner.run(short).status == 0)
      func epochs() throws -> Int? {
        let configuration = try JSONSerialization.jsonObject(
          with: Data(contentsOf: URL(fileURLWithPath: run + "/configuration.json")))
        let optimization = (configuration as? [String: Any])?["optimization"] as? [String: Any]
        return optimization?["epochs"] as? Int
      }
      let shorter = try CommandRunner.run(["train", "--resume", "--epochs", "1", "--output", run])
      #expect(shorter.status == 1)
      #expect(
        shorter.err.hasSuffix(
          "multibox: \(run)/configuration.json: optimization.epochs: expected 2 or more, because so"
            + " many are begun or done, found 1\n"), "\(shorter.err)")
      #expect(try epochs() == 2)
      let longer = try CommandRunner.run(["train", "--resume", "--epochs", "4", "--output", run])
      #expect(longer.status == 0, "\(longer.err)")
      #expect(
        longer.err.contains("\nepochs 2 -> 4; the schedule is stretched to step "), "\(longer.err)")
      #expect(longer.err.contains("\nepoch 4 of 4, ended; the weights of epoch "))
      #expect(try epochs() == 4)
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      #expect(page.contains("Epoch 4 of 4. The training has ended; the weights of epoch "))
    }
  }

  @Test func classWeightsStandInTheConfigurationAndTheReport() throws {
    try withFolder { folder in
      func weights(_ option: String) throws -> [Double] {
        let run = "\(folder)/\(option)"
        let output = try CommandRunner.run(
          arguments(run) + ["--max-iterations", "1", "--class-weights", option])
        #expect(output.status == 0, "\(output.err)")
        #expect(output.err.contains("class weights: circle "), "\(output.err)")
        let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
        #expect(page.contains("class weights"))
        struct Configuration: Decodable {
          struct Loss: Decodable { let classWeights: [Double] }
          let loss: Loss
        }
        // JSONSerialization reads some numbers one bit off.
        return try JSONDecoder().decode(
          Configuration.self,
          from: Data(contentsOf: URL(fileURLWithPath: run + "/configuration.json"))
        ).loss.classWeights
      }
      #expect(try weights("circle=2,square=0.5") == [2, 1, 0.5, 1])
      let images = ShapesSpecification(imageCount: 40, side: 64, seed: 2).dataset(split: "train")
        .images
      var counts = [0, 0, 0, 0]
      for object in images.flatMap(\.groundTruth) { counts[object.classIndex - 1] += 1 }
      let total = Double(counts.reduce(0, +))
      #expect(try weights("balanced") == counts.map { total / (4 * Double($0)) })
      let output = try CommandRunner.run(
        arguments(folder + "/none") + ["--class-weights", "cirle=2"])
      #expect(output.status == 64)
      #expect(
        output.err.contains(
          "--class-weights: expected one of circle, cross, square, triangle, found cirle"),
        "\(output.err)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/none"))
    }
  }

  // With steps so small that AP soon stays where it is.
  @Test func aTrainingWhosePatienceIsOverSaysWhatIsKept() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let output = try CommandRunner.run([
        "train", "--data", "shapes:images=16,side=64,seed=2", "--output", run, "--image-size", "64",
        "--epochs", "40", "--batch-size", "4", "--validate-every", "1", "--threads", "2",
        "--precision", "float32", "--learning-rate", "1e-12", "--patience", "2",
      ])
      #expect(output.status == 0, "\(output.err)")
      let end = try #require(output.err.firstMatch(of: /epoch ([0-9]+) of 40, (ended early.*)/))
      let epoch = try #require(Int(end.1))
      #expect(epoch < 40)
      #expect(
        end.2.hasPrefix(
          "ended early, because in the last 2 measurements AP has not risen; the weights of epoch"
            + " \(epoch - 2) are kept, AP "))
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      #expect(page.contains("Epoch \(epoch) of 40. The training has \(end.2)."))
      #expect(FileManager.default.fileExists(atPath: run + "/detector.onnx"))
    }
  }

  @Test func aBudgetOfTimeChoosesTheEpochsThatTheRunThenHas() throws {
    try withFolder { folder in
      let timed = folder + "/timed"
      var arguments = arguments(timed)
      let place = try #require(arguments.firstIndex(of: "--epochs"))
      arguments.replaceSubrange(place...place + 1, with: ["--time", "4s"])
      let output = try CommandRunner.run(arguments)
      #expect(output.status == 0, "\(output.err)")
      let line = try #require(
        output.err.firstMatch(of: /4 s: ([0-9]+) epochs? of 10 steps at [0-9.]+ s, [0-9]+ meas/),
        "\(output.err)")
      let whole = self.arguments(folder + "/whole").map { $0 == "8" ? String(line.1) : $0 }
      #expect(try CommandRunner.run(whole).status == 0)
      let weights = try ["/timed", "/whole"].map {
        try #require(FileManager.default.contents(atPath: folder + $0 + "/weights.safetensors"))
      }
      #expect(weights[0] == weights[1])
    }
  }

  // Before its first measurement it has a checkpoint alone, and after it weights.
  @Test func aRunThatWasStoppedSaysHowFarItCame() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let image = folder + "/picture.png"
      let picture = ShapesSpecification(imageCount: 1, side: 96, seed: 7).dataset(split: "train")
      try PNGFile.write(picture.images[0].pixels(), to: image)
      func told(_ arguments: [String]) throws -> String? {
        let output = try CommandRunner.run(arguments)
        #expect(output.status == 0, "\(output.err)")
        let lines = output.err.split(separator: "\n").filter { $0.contains("not trained to its") }
        #expect(lines.count == 1, "\(output.err)")
        return lines.first.map(String.init)
      }
      let prefix = "\(run): not trained to its end: "
      for everyEpoch in [false, true] {
        var arguments =
          everyEpoch ? ["train", "--resume", "--output", run] : self.arguments(run)
        for (option, value) in [("--epochs", "10000"), ("--validate-every", "10")] {
          guard let position = arguments.firstIndex(of: option) else { continue }
          arguments[position + 1] = value
        }
        let started = try CommandRunner.start(CommandRunner.multibox, arguments)
        let file = everyEpoch ? "weights.safetensors" : "metrics.jsonl"
        #expect(wait(300) { FileManager.default.fileExists(atPath: "\(run)/\(file)") })
        kill(started.process.processIdentifier, SIGINT)
        #expect(CommandRunner.finish(started).status == 128 + SIGINT)
        let weights =
          everyEpoch
          ? "; weights of epoch 10"
          : "; nothing is measured yet, so the weights are the checkpoint's"
        for command in [["detect", "--run", run, image], ["evaluate", "--run", run]] {
          let line = try told(command) ?? ""
          #expect(line.hasPrefix(prefix) && line.contains(" of 10000"), "\(line)")
          #expect(line.hasSuffix(weights), "\(line)")
        }
      }
    }
  }

  @Test func aPictureThatCannotBeReadDoesNotKeepTheOthers() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let trained = try CommandRunner.run(arguments(run) + ["--max-iterations", "1"])
      #expect(trained.status == 0, "\(trained.err)")
      let shapes = ShapesSpecification(imageCount: 3, side: 96, seed: 7).dataset(split: "train")
      for (image, name) in zip(shapes.images, ["a", "b", "c"]) {
        try PNGFile.write(image.pixels(), to: "\(folder)/\(name).png")
      }
      let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/b.png"))
      try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: folder + "/b.png"))
      let output = try CommandRunner.run(
        ["detect", "--run", run, "--json"] + ["a", "b", "c"].map { "\(folder)/\($0).png" })
      #expect(output.status == 1)
      #expect(output.out.split(separator: "\n").count == 2)
      #expect(output.err.contains("\n\(folder)/b.png: "), "\(output.err)")
      #expect(
        output.err.hasSuffix("\nmultibox: 1 of 3 pictures not read or drawn\n"), "\(output.err)")
    }
  }

  // So large a step that the loss is not finite after it.
  @Test func aFailedTrainingSaysSoOnItsPage() throws {
    try withFolder { folder in
      let run = folder + "/run"
      let output = try CommandRunner.run([
        "train", "--data", "shapes:images=24,side=64", "--output", run, "--image-size", "64",
        "--batch-size", "4", "--epochs", "3", "--learning-rate", "1000000", "--warm-up", "0",
      ])
      #expect(output.status == 1, "\(output.err)")
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      #expect(page.contains("The training has ended with an error: "))
      #expect(page.contains("not finite"))
      #expect(!page.contains("http-equiv=\"refresh\""))
    }
  }

  @Test(arguments: [
    (["train", "--data", "/no/such"], "multibox: /no/such: no such folder\n"),
    (
      ["train", "--data", "shapes:size=3"],
      "multibox: shapes:size=3: size: expected images, side, seed or held-out\n"
    ),
    (
      ["train", "--data", "shapes", "--train-split", "x"],
      "multibox: shapes: no split x; found test, train, val\n"
    ),
    (
      ["train", "--data", "shapes", "--default-boxes", "ssd300-voc"],
      "multibox: default boxes for ssd-compact: expected 5 feature maps, found 6\n"
    ),
    (["train", "--resume"], "multibox: RUN: not a run: it holds no configuration.json\n"),
  ])
  func mistakesAreOneLine(arguments: [String], message: String) throws {
    try withFolder { folder in
      let run = folder + "/run"
      let output = try CommandRunner.run(arguments + ["--output", run])
      #expect(output.status == 1)
      let last = output.err.replacingOccurrences(of: run, with: "RUN")
        .split(separator: "\n").last.map { $0 + "\n" }
      #expect(last.map(String.init) == message, "\(output.err)")
    }
  }

  @Test func aFolderThatIsNoRunIsNamed() throws {
    for arguments in [["evaluate", "--run", "/no/run"], ["detect", "--run", "/no/run", "a.jpg"]] {
      let output = try CommandRunner.run(arguments)
      #expect(output.status == 1)
      #expect(output.err == "multibox: /no/run: not a run: it holds no configuration.json\n")
    }
  }
}
