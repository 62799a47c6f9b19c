import Foundation
import TestSupport
import Testing

/// Options whose file `make weights` brings, with made files in its place.
struct BroughtFilesCommandTests {
  private func run(_ arguments: [String], weights folder: String) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["MULTIBOX_WEIGHTS=\(folder)", CommandRunner.multibox] + arguments,
      executable: "/usr/bin/env")
  }

  private func train(_ model: String, to output: String) -> [String] {
    [
      "train", "--data", "shapes:images=8,side=64", "--model", model, "--pretrained", "imagenet",
      "--output", output, "--epochs", "1", "--max-iterations", "1", "--batch-size", "2",
      "--augmentation", "none", "--image-size", "64", "--freeze", "0",
    ]
  }

  @Test func whatIsMissingIsOneLineThatSaysHowToGetIt() throws {
    try withFolder { folder in
      for (arguments, file, option) in [
        (
          train("ssd-mobilenet-v2-fpn", to: folder + "/run"), "mobilenet_v2-b0353104.pth",
          "--pretrained"
        ),
        (
          ["detect", "--model", "faces", folder + "/p.png"], "face_detection_back.tflite", "--model"
        ),
      ] {
        try Data().write(to: URL(fileURLWithPath: folder + "/p.png"))
        let output = try run(arguments, weights: folder)
        #expect(output.status == 1)
        #expect(
          output.err
            == "multibox: \(folder)/\(file): no such file: run make weights, or name a file with"
            + " \(option)\n")
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
  }

  @Test func otherNetworksAndDescriptionsAreRefused() throws {
    let compact = try run(train("ssd-compact", to: "none"), weights: "/none")
    #expect(compact.status == 64)
    #expect(
      compact.err.contains(
        "--pretrained: expected a file with --model ssd-compact, found imagenet, which is there for"
          + " ssd-mobilenet-v2-fpn, ssd-efficientnet-lite0-fpn, ssdlite320-mobilenet-v2"),
      "\(compact.err)")
    let faces = try run(
      ["detect", "--model", "faces", "--description", "ultraface", "p.png"], weights: "/none")
    #expect(faces.status == 64)
    #expect(faces.err.contains("--description has no effect with --model faces"), "\(faces.err)")
  }

  // The file is told by its content, not by its name.
  @Test func theWeightsOfTheNetworksNameAreTaken() throws {
    try withFolder { folder in
      let path = folder + "/mobilenet_v2-b0353104.pth"
      try BackboneWeights.write(to: path)
      let output = try run(train("ssd-mobilenet-v2-fpn", to: folder + "/run"), weights: folder)
      #expect(output.status == 0, "\(output.err)")
      #expect(output.err.contains("\(path): 2 loaded, "), "\(output.err)")
      // The run says which file it was, and has the input that the weights saw.
      let text = try String(
        contentsOfFile: folder + "/run/configuration.json", encoding: .utf8)
      #expect(text.contains("mobilenet_v2-b0353104.pth") && text.contains("123.675"))
    }
  }
}
