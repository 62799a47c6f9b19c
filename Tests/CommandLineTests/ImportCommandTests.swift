import Foundation
import ImageFiles
import ModelFiles
import TestSupport
import Testing

struct ImportCommandTests {
  @Test func whatIsImportedTrains() throws {
    try withFolder { folder in
      try BackboneWeights.write(to: folder + "/m.safetensors")
      let output = try CommandRunner.run([
        "import", folder + "/m.safetensors", "--model", "ssdlite320-mobilenet-v2", "--output",
        folder + "/b.safetensors",
      ])
      #expect(output.status == 0, "\(output.err)")
      #expect(output.out.contains("mobilenet_v2, 2 loaded, 402 missing, 1 left"), "\(output.out)")
      #expect(output.out.contains("  left: classifier.1.bias\n"))
      let imported = try Safetensors(contentsOf: folder + "/b.safetensors")
      #expect(
        Set(imported.arrays.keys) == [
          "backbone.features.0.0.weight", "backbone.features.18.0.weight",
        ])
      let run = try CommandRunner.run([
        "train", "--data", "shapes:images=8,side=64", "--model", "ssdlite320-mobilenet-v2",
        "--pretrained", folder + "/b.safetensors", "--output", folder + "/run", "--epochs", "1",
        "--max-iterations", "1", "--batch-size", "2", "--augmentation", "none",
      ])
      #expect(run.status == 0, "\(run.err)")
      #expect(run.err.contains("b.safetensors: 2 loaded, 402 missing, 0 left"), "\(run.err)")
      // The images are normalized as the backbone saw them.
      let configuration = try #require(
        JSONSerialization.jsonObject(
          with: Data(contentsOf: URL(fileURLWithPath: folder + "/run/configuration.json")))
          as? [String: Any])
      let network = configuration["network"] as? [String: Any]
      let normalization = network?["normalization"] as? [String: [Double]]
      #expect(normalization?["mean"]?.first == 123.675)

      let export = try CommandRunner.run([
        "export", "--run", folder + "/run", "--format", "torchvision",
      ])
      #expect(export.status == 1)
      #expect(
        export.err
          == "multibox: \(folder)/run/configuration.json: torchvision has no ssdlite320-mobilenet-v2\n"
      )
    }
  }

  // A depth multiplier of .75, which the file tells.
  @Test(.enabled(if: SharedMaterial.has("models/ssd_mobilenet_v1_coco"), "needs ../shared"))
  func anSSDOfTensorFlowTrainsWithOtherClasses() throws {
    try withFolder { folder in
      let file = SharedMaterial.path(
        "models/ssd_mobilenet_v1_coco/ssd_mobilenet_v1_coco_quant_heads.tflite")
      let output = try CommandRunner.run([
        "import", file, "--output", folder + "/coco.safetensors",
      ])
      #expect(output.status == 0, "\(output.err)")
      #expect(
        output.out.contains("TensorFlow's SSD on MobileNet-v1, 199 loaded, 0 missing, 0 left"),
        "\(output.out)")
      let run = try CommandRunner.run([
        "train", "--data", "shapes:images=8,side=64", "--model", "ssd300-mobilenet-v1",
        "--pretrained", folder + "/coco.safetensors", "--output", folder + "/run", "--epochs", "1",
        "--max-iterations", "1", "--batch-size", "2", "--augmentation", "none",
      ])
      #expect(run.status == 0, "\(run.err)")
      #expect(run.err.contains("coco.safetensors is of ssd300-mobilenet-v1-0.75, which is trained"))
      #expect(
        run.err.contains("187 loaded, 0 missing, 12 of another shape, started anew, 0 left"),
        "\(run.err)")
      let configuration = try #require(
        JSONSerialization.jsonObject(
          with: Data(contentsOf: URL(fileURLWithPath: folder + "/run/configuration.json")))
          as? [String: Any])
      let network = try #require(configuration["network"] as? [String: Any])
      #expect(network["name"] as? String == "ssd300-mobilenet-v1-0.75")
      let normalization = network["normalization"] as? [String: [Double]]
      #expect(normalization?["mean"]?.first == 128)
      let loss = configuration["loss"] as? [String: Any]
      #expect((loss?["confidence"] as? [String: Any])?["name"] as? String == "sigmoid")
      // The normalizations have been measured: no channel of the stem has a variance of 1.
      let weights = try Safetensors(contentsOf: folder + "/run/weights.safetensors")
      let variances = try #require(weights.arrays["backbone.features.0.1.running_var"]).floats()
      #expect(variances.count == 24 && Set(variances).count > 1 && !variances.contains(1))

      let other = try CommandRunner.run([
        "train", "--data", "shapes:images=8,side=64", "--model", "ssd300-mobilenet-v1-0.5",
        "--pretrained", folder + "/coco.safetensors", "--output", folder + "/other",
      ])
      #expect(other.status == 1)
      #expect(
        other.err
          == "multibox: \(folder)/coco.safetensors: weights of ssd300-mobilenet-v1-0.75 do not fit"
          + " ssd300-mobilenet-v1-0.5\n")
    }
  }

  @Test func mistakesAreOneLine() throws {
    try withFolder { folder in
      try BackboneWeights.write(to: folder + "/m.safetensors")
      try Data("rubbish, not weights".utf8).write(to: URL(fileURLWithPath: folder + "/r.pth"))
      let cases: [(arguments: [String], status: Int32, message: String)] = [
        (
          ["/no/x.pth", "--model", "ssd-compact", "--output", "y.safetensors"], 1,
          "multibox: /no/x.pth: no such file\n"
        ),
        (
          [folder + "/m.safetensors", "--model", "ssd300-vgg16", "--output", "y.safetensors"], 1,
          "multibox: F/m.safetensors: weights of mobilenet_v2 do not fit ssd300-vgg16\n"
        ),
        (
          [folder + "/m.safetensors", "--model", "ssd-compact", "--output", "y.pth"], 64,
          "--output: expected a name that ends with .safetensors, found y.pth"
        ),
        (
          [folder + "/m.safetensors", "--output", "y.safetensors"], 64,
          "--model: expected the name of a network, which mobilenet_v2 in F/m.safetensors do not tell"
        ),
        (
          [
            ThisPackage.root + "/Tests/ModelFilesTests/Fixtures/small.tflite", "--output",
            "y.safetensors",
          ], 1, "small.tflite: not TensorFlow's SSD on MobileNet-v1, whose weights"
        ),
        (
          [folder + "/r.pth", "--model", "ssd-compact", "--output", "y.safetensors"], 1,
          "multibox: F/r.pth: header: "
        ),
        (
          [
            folder + "/m.safetensors", "--model", "ssdlite320-mobilenet-v2", "--onnx", "--output",
            "y.onnx",
          ], 1,
          "multibox: F/m.safetensors: a backbone without the heads of a detector (mobilenet_v2):"
            + " multibox train --pretrained begins with it\n"
        ),
        (
          ["m.pth", "--model", "ssd300-vgg16", "--onnx", "--output", "y.safetensors"], 64,
          "--output: expected a name that ends with .onnx, found y.safetensors"
        ),
        (
          ["m.pth", "--model", "ssd300-vgg16", "--onnx", "--partial", "--output", "y.onnx"], 64,
          "--partial has no effect with --onnx: a detector needs all arrays"
        ),
        (
          ["m.pth", "--model", "ssd300-vgg16", "--classes", "n.txt", "--output", "y.safetensors"],
          64, "--classes goes with --onnx"
        ),
        (
          [
            "m.pth", "--model", "ssd300-vgg16", "--default-boxes", "ssd300-voc", "--output",
            "y.safetensors",
          ], 64, "--default-boxes goes with --onnx"
        ),
      ]
      for (arguments, status, message) in cases {
        let output = try CommandRunner.run(["import"] + arguments)
        #expect(output.status == status)
        let text = output.err.replacingOccurrences(of: folder, with: "F")
        #expect(text.contains(message), "\(text)")
        if status == 1 { #expect(output.err.split(separator: "\n").count == 1) }
      }
    }
  }

  /// torchvision's SSDLite with four classes, as torchvision itself would store it; and a picture.
  private func withTorchvisionWeights(_ body: (_ folder: String) throws -> Void) throws {
    try withFolder { folder in
      let run = try CommandRunner.run([
        "train", "--data", "shapes:images=8,side=64", "--model", "ssdlite320-mobilenet-v3-large",
        "--output", folder + "/run", "--epochs", "1", "--max-iterations", "1", "--batch-size",
        "2", "--augmentation", "none",
      ])
      #expect(run.status == 0, "\(run.err)")
      let export = try CommandRunner.run([
        "export", "--run", folder + "/run", "--format", "torchvision", "--output",
        folder + "/run.safetensors",
      ])
      #expect(export.status == 0, "\(export.err)")
      let arrays = try Safetensors(contentsOf: folder + "/run.safetensors").arrays
      try Safetensors(arrays: arrays).write(to: folder + "/w.safetensors")
      try body(folder)
    }
  }

  @Test func aDetectorOfOthersRunsWithoutATraining() throws {
    try withTorchvisionWeights { folder in
      let output = folder + "/detector.onnx"
      func arguments(_ weights: String, _ more: [String]) -> [String] {
        ["import", "\(folder)/\(weights)", "--model", "ssdlite320-mobilenet-v3-large", "--onnx"]
          + ["--output", output] + more
      }
      func error(_ weights: String, _ more: [String] = []) throws -> String {
        let found = try CommandRunner.run(arguments(weights, more))
        #expect(found.status == 1)
        #expect(!FileManager.default.fileExists(atPath: output))
        return found.err.replacingOccurrences(of: folder, with: "F")
      }
      #expect(
        try error("run.safetensors")
          == "multibox: F/run.safetensors: weights of a run, whose folder knows their default boxes:"
          + " multibox export --run writes its network\n")
      #expect(
        try error("w.safetensors")
          == "multibox: F/w.safetensors: does not name its 4 classes: --classes takes a file with a"
          + " name a line\n")
      let names = folder + "/names.txt"
      try Data("circle\nsquare\n".utf8).write(to: URL(fileURLWithPath: names))
      #expect(
        try error("w.safetensors", ["--classes", names])
          == "multibox: F/names.txt: expected 4 names, one for each class of F/w.safetensors without"
          + " the background, found 2\n")

      var labelled = try Safetensors(contentsOf: folder + "/w.safetensors")
      labelled.metadata["multibox.labels"] = #"["one", "two"]"#
      try labelled.write(to: folder + "/few.safetensors")
      #expect(try error("few.safetensors").contains(": does not name its 4 classes: "))
      labelled.metadata["multibox.labels"] = #"["???", "one", "two", "three", "four"]"#
      try labelled.write(to: folder + "/labelled.safetensors")
      let named = try CommandRunner.run(arguments("labelled.safetensors", []))
      #expect(named.status == 0, "\(named.err)")
      #expect(
        named.out.contains("\n  4 classes with the file's names, default boxes ssdlite320\n"),
        "\(named.out)")
      #expect(try ONNXModel.metadata(of: output)["multibox"]?.contains("\"three\"") == true)

      // As torchvision and qfgaohao list them, the background first.
      try Data("__background__\nred\ngreen\nblue\nwhite\n".utf8).write(
        to: URL(fileURLWithPath: names))
      let found = try CommandRunner.run(arguments("w.safetensors", ["--classes", names]))
      #expect(found.status == 0, "\(found.err)")
      let lines = found.out.replacingOccurrences(of: folder, with: "F").split(separator: "\n")
      #expect(lines.first?.hasPrefix("F/w.safetensors: own, ") == true, "\(found.out)")
      #expect(lines.first?.hasSuffix(" loaded, 0 missing, 0 left") == true, "\(found.out)")
      #expect(lines.dropFirst() == ["  4 classes, default boxes ssdlite320", "F/detector.onnx"])
      #expect(
        found.err.replacingOccurrences(of: folder, with: "F").hasSuffix(
          "next: multibox detect --model F/detector.onnx photo.jpg --output found\n"),
        "\(found.err)")

      struct Description: Decodable {
        let classNames: [String]
      }
      let text = try #require(try ONNXModel.metadata(of: output)["multibox"])
      let description = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
      #expect(description.classNames == ["red", "green", "blue", "white"])
      let picture = RGBImage(width: 60, height: 40, pixels: [UInt8](repeating: 90, count: 7200))
      try PNGFile.write(picture, to: folder + "/a.png")
      let detect = try CommandRunner.run([
        "detect", "--model", output, folder + "/a.png", "--threshold", "0.01", "--json",
      ])
      #expect(detect.status == 0, "\(detect.err)")
      #expect(
        ["red", "green", "blue", "white"].contains { detect.out.contains("\"\($0)\"") },
        "\(detect.out.prefix(400))")
    }
  }
}
