import ArgumentParser
import BenchSupport
import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox
import OpenVINODetector

/// From the bytes of a JPEG file to boxes.
@main
struct DetectBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "The detections in a JPEG file.")

  @OptionGroup var part: PartOptions
  @Option(help: "The ONNX file.") var model: String
  @Option(help: "The ONNX file that computes with 8 bits.") var int8Model: String
  @Argument(help: "The JPEG file.") var image: String

  func run() throws {
    let bytes = try InputFile.contents(image)
    func detector(
      _ model: String, _ precision: Precision
    ) throws -> () throws -> [PixelDetection] {
      let detector = try ModelDetector(model, precision: precision, threadCount: part.threads)
      return { try detector.detections(in: ImageFile.decode(bytes, path: image)) }
    }
    let detections = try detector(model, .float32)
    let inBFloat16 = try detector(model, .bfloat16)
    let inBytes = try detector(int8Model, .float32)
    try part.write(inputs: [:])
    let found = try detections()
    try part.write(
      results: Dictionary(
        boxes: found.map(\.box), scores: found.map(\.score), labels: found.map(\.classIndex)))
    try CommandLoop(measurements: [
      "float32": { _ = try detections() },
      "bfloat16": { _ = try inBFloat16() },
      "int8": { _ = try inBytes() },
    ]).run()
  }
}
