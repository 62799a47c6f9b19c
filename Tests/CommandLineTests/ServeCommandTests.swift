import Commands
import Detectors
import ImageFiles
import MultiBox
import Testing

/// `multibox serve` without the server, which `make build` does not make.
struct ServeCommandTests {
  @Test(arguments: [
    ([], "Give --run or --model"),
    (
      ["--run", "a/x", "--model", "b/x.onnx"],
      "Two detectors have the name x: give one another, as x-2=b/x.onnx"
    ),
    (["--model", "m=x", "--model", "m=y"], "Two detectors have the name m"),
    (
      ["--model", "a="], "--model: expected a file or a word behind the equals sign, found a="
    ),
    (["--run", "a="], "--run: expected a folder behind the equals sign, found a="),
    (
      ["--model", "a=x", "--description", "a="],
      "--description: expected a name or a file behind the equals sign, found a="
    ),
    (["--run", "x", "--description", "y"], "--description y: expected --model with it"),
    (
      ["--model", "a=x", "--model", "b=y", "--description", "d.json"],
      "--description d.json: expected the name of one before it: a=d.json or b=d.json"
    ),
    (["--model", "a", "--description", "x", "--description", "a=y"], "twice for a"),
    (["--model", "f=faces", "--description", "x"], "no effect with --model faces, which has its"),
    (["--run", "x", "--port", "65536"], "--port: expected 0 to 65535, found 65536"),
    (["--run", "x", "--key", "k"], "--certificate and --key go together"),
    (["--run", "x", "--max-body", "20"], "--max-body: expected a size, as 800kB"),
    (["--run", "x", "--max-body", "2GB"], "--max-body: expected 1GB at most, found 2GB"),
    (["--run", "x", "--queue", "0"], "--queue: expected 1 to 65536, found 0"),
    (["--run", "x", "--deadline", "0"], "--deadline: expected 0.001…86400, found 0.0"),
    (["--run", "x", "--body-timeout", "nan"], "--body-timeout: expected 0.001…86400, found nan"),
    (["--run", "x", "--threshold", "2"], "--threshold: expected 0…1, found 2.0"),
    (["--run", "x", "--tile-overlap", "0.5"], "--tile-overlap needs --tiles"),
  ])
  func wrongUsageIsNamed(arguments: [String], message: String) throws {
    let output = try CommandRunner.run(["serve"] + arguments)
    #expect(output.status == 64 && output.out.isEmpty)
    #expect(output.err.contains(message), "\(output.err)")
  }

  @Test func withoutTheServerItSaysWhatBuildsIt() throws {
    try CommandRunner.withStandIn(nil) { multibox in
      let output = try CommandRunner.run(["serve", "--run", "runs/mine"], executable: multibox)
      #expect(output.status == 1)
      #expect(
        output.err
          == "multibox: \(multibox)-serve: no such executable; `make serve` builds it beside"
          + " multibox\n")
    }
  }

  @Test func theServerGetsTheArgumentsAndItsExitIsThatOfTheCommand() throws {
    let script = "#!/bin/sh\necho \"$@\"\nexit 7\n"
    try CommandRunner.withStandIn(script, for: "multibox-serve") { multibox in
      let output = try CommandRunner.run(
        ["serve", "--model", "d.onnx", "--port", "0"], executable: multibox)
      #expect(output.status == 7 && output.out == "serve --model d.onnx --port 0\n")
    }
  }
}

struct ServedDetectorTests {
  @Test func aNameStandsBeforeAPathOrIsThatOfTheFile() throws {
    let options = try ServeOptions.Detectors.parse([
      "--model", "cells=a/b=c.onnx", "--model", "./x=y.tflite", "--run", "runs/über uns",
      "--description", "cells=d.json",
    ])
    let named = try options.named()
    #expect(named.map(\.name) == ["-ber-uns", "cells", "x-y"])
    #expect(named.map(\.options.run) == ["runs/über uns", nil, nil])
    #expect(named.map(\.options.model) == [nil, "a/b=c.onnx", "./x=y.tflite"])
    #expect(named.map(\.options.description) == [nil, "d.json", nil])
  }
}

struct TileOptionsTests {
  /// A detector that was trained on tiles.
  private struct Tiled: ObjectDetector {
    let classNames: ClassNames = ["cat"]
    let tileSide: Int? = 64

    func detections(in images: [RGBImage]) throws -> [[PixelDetection]] { images.map { _ in [] } }
  }

  /// A server tells it in its log, of which each line is JSON.
  @Test func tilesThatWereNotChosenAreToldToWhoeverAsks() throws {
    var lines: [String] = []
    let detector = try TileOptions.parse([]).detector(Tiled()) { lines.append($0) }
    #expect(detector is TiledDetector)
    #expect(lines == ["tiles of 64 pixels, as the detector was trained (--tiles)"])
    lines = []
    _ = try TileOptions.parse(["--tiles", "0"]).detector(Tiled()) { lines.append($0) }
    #expect(lines.isEmpty)
  }
}
