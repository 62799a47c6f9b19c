import Files
import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import OpenVINODetector

/// What stands in the place of a model is named, in one line.
struct OtherModelTests {
  private static let weights =
    ": weights without a network; export that to ONNX, or let multibox import take the weights of a"
    + " network that is known here"
  private static let export = ": export it to ONNX with the program that made it"

  /// The beginning of a ZIP archive whose first entry has this name.
  private static func archive(_ name: String) -> Data {
    Data([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26)) + Data(name.utf8)
  }

  @Test(arguments: [
    ("x.pth", archive("archive/data.pkl"), "a checkpoint of PyTorch" + weights),
    ("x.pt", archive("m/constants.pkl"), "a network of TorchScript" + export),
    ("x.zip", archive("photo.jpg"), "a ZIP archive"),
    ("x.keras", archive("model.weights.h5"), "a model of Keras" + export),
    ("x.pth", Data([0x80, 2, 0x8A, 10]), "a pickle, as PyTorch's older checkpoints" + weights),
    ("x.safetensors", Data([64, 0, 0, 0, 0, 0, 0, 0]) + Data("{}".utf8), "safetensors" + weights),
    (
      "x.h5", Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0]),
      "an HDF5 file, as Keras writes it" + export
    ),
    (
      "x.pb", Data([0x0A, 3, 0x0A, 1, 0x78]), "a graph of TensorFlow: convert it to ONNX or TFLite"
    ),
    (
      "x.caffemodel", Data([0x0A, 1, 0x78]),
      "weights of Caffe: convert them with the network's .prototxt to ONNX"
    ),
    ("x.engine", Data("ftrt0000".utf8), "an engine of TensorRT" + export),
    ("x.onnx", Data("<!DOCTYPE html><html>".utf8), "an HTML page"),
    (
      "x.tflite", Data("version https://git-lfs.github.com/spec/v1\noid sha256:1\n".utf8),
      "a Git LFS pointer, so the file itself was not fetched (git lfs pull)"
    ),
    ("x.txt", Data("hello\nyou".utf8), "text: \"hello\""), ("x.json", Data("{}".utf8), "JSON"),
    ("x.xml", Data("<?xml version=\"1.0\"?><annotation/>".utf8), "XML"),
    ("x.jpg", Data([0xFF, 0xD8, 0xFF, 0xE0]), "a picture (.jpg)"),
  ])
  func theFileIsNamed(name: String, content: Data, found: String) throws {
    try withFolder { folder in
      let path = "\(folder)/\(name)"
      try content.write(to: URL(fileURLWithPath: path))
      let reason =
        "expected a model that OpenVINO reads (ONNX, TFLite, OpenVINO's own XML), found \(found)"
      for load in [
        { _ = try ModelInspection(model: path) }, { _ = try ModelDetector(path) },
      ] as [() throws -> Void] {
        let error = #expect(throws: FileError.self) { try load() }
        #expect(error == FileError(path: path, reason: reason))
      }
    }
  }

  @Test(arguments: [
    ("Core AI asset", ["main.hash", "main.mlirb", "metadata.json"]),
    ("Core ML package", ["Data/com.apple.CoreML/model.mlmodel", "Manifest.json"]),
  ])
  func foldersOfApplesFormsAreNamed(name: String, files: [String]) throws {
    try withFolder { folder in
      for file in files {
        let path = URL(fileURLWithPath: "\(folder)/m/\(file)")
        try FileManager.default.createDirectory(
          at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: path)
      }
      // With a slash at its end as a shell completes it.
      for path in [folder + "/m", folder + "/m/"] {
        let error = #expect(throws: FileError.self) { try ModelDetector(path) }
        #expect(
          error?.reason
            == "expected a model that OpenVINO reads (ONNX, TFLite, OpenVINO's own XML), found a"
            + " \(name): it is for Apple's systems; here detect with the run, or with what multibox"
            + " export --format onnx writes of it")
      }
      // Half of one is any folder.
      try FileManager.default.removeItem(atPath: "\(folder)/m/\(files.last ?? "")")
      let error = #expect(throws: FileError.self) { try ModelDetector(folder + "/m") }
      #expect(error?.reason == "a folder, not a file")
    }
  }

  // What is not known may be a network: OpenVINO decides, and its words are cut down to what they
  // say.
  @Test func whatOpenVINORefusesIsOneLineWithoutItsSource() throws {
    try withFolder { folder in
      let path = folder + "/x.bin"
      try Data((8..<200).map { UInt8($0) }).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: RuntimeError.self) { try ModelInspection(model: path) }
      let reason = try #require(error?.reason)
      #expect(reason.hasPrefix("read: Unable to read the model: "), "\(reason)")
      #expect(!reason.contains("Exception") && !reason.contains(where: \.isNewline))
    }
    #expect(
      InferenceEngine.reason(
        "compile: Exception from src/a.cpp:12:\nCheck 'a == b' failed at src/b/c.hpp:3:\nToo few.\n"
      ) == "compile: Too few.")
  }

  // The input of the tiny models is 10 × 10.
  @Test func aSizeThatHasNoEffectIsRefused() throws {
    try withFolder { folder in
      let path = folder + "/m.onnx"
      try TinyModel.write([("boxes", [1, 1, 7], [0, 1, 0.5, 0, 0, 1, 1])], to: path)
      let error = #expect(throws: RuntimeError.self) {
        try ModelInspection(model: path, size: (20, 10))
      }
      let reason = try #require(error?.reason)
      #expect(
        reason
          == "a size of 20x10 has no effect: expected an input that leaves width and height free,"
          + " found images: float32 [1, 3, 10, 10]")
      #expect(throws: Never.self) { try ModelInspection(model: path, size: (10, 10)) }
    }
  }
}
