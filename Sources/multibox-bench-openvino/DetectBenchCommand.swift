import ArgumentParser
import BenchSupport
import DetectionData
import Foundation
import ModelFiles
import MultiBox
import SSDRuntime

/// From the bytes of a JPEG file to boxes.
@main
struct DetectBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "The detections in a JPEG file.")

  @OptionGroup var part: PartOptions
  @Option(help: "The ONNX file.") var model: String
  @Argument(help: "The JPEG file.") var image: String

  func run() throws {
    let bytes = try InputFile.contents(image)
    let detector = try Detector(model: model, threadCount: part.threads)
    func detections() throws -> [Detection] {
      try detector.detections(in: ImageFile.decode(bytes, path: image))
    }
    try part.write(inputs: [:])
    try part.write(results: detections().arrays())
    try CommandLoop(measurements: ["round": { _ = try detections() }]).run()
  }
}
