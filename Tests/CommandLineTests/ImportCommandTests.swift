import Foundation
import ModelFiles
import Testing

struct ImportCommandTests {
  /// A backbone of two arrays with the names of torchvision's mobilenet_v2, and one that is left.
  private func writeBackbone(_ path: String) throws {
    try Safetensors(arrays: [
      "features.0.0.weight": NamedArray(zeros: .float32, shape: [32, 3, 3, 3]),
      "features.18.0.weight": NamedArray(zeros: .float32, shape: [1280, 320, 1, 1]),
      "classifier.1.bias": NamedArray(zeros: .float32, shape: [1000]),
    ]).write(to: path)
  }

  @Test func whatIsImportedTrains() throws {
    try CommandRunner.withFolder { folder in
      try writeBackbone(folder + "/m.safetensors")
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

  @Test func mistakesAreOneLine() throws {
    try CommandRunner.withFolder { folder in
      try writeBackbone(folder + "/m.safetensors")
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
          [folder + "/r.pth", "--model", "ssd-compact", "--output", "y.safetensors"], 1,
          "multibox: F/r.pth: header: "
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
}
