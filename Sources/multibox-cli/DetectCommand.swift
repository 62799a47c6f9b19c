import ArgumentParser
import CommandLineOptions
import DetectionData
import Foundation
import MultiBox
import SSDReport

#if OPENVINO
  import SSDRuntime
#endif

/// `multibox detect`: with OpenVINO here; with LibTorch, for a run without an ONNX file, by
/// `multibox-torch`.
struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Find objects in images.")

  @OptionGroup var options: DetectOptions

  func run() throws {
    #if OPENVINO
      if let model = options.model ?? options.run.flatMap(ExportedDetector.path(ofRun:)) {
        try detect(model)
        return
      }
    #else
      if options.model != nil {
        throw ValidationError("--model: this multibox was built without OpenVINO")
      }
    #endif
    try TorchExecutable.replaceProcess()
  }

  #if OPENVINO
    private func detect(_ model: String) throws {
      let images = try ImageFile.paths(options.images)
      let detector = try Detector(
        model: model, precision: options.precision == .bfloat16 ? .bfloat16 : .float32,
        threadCount: options.threads)
      var presenter = try DetectionPresenter(
        classNames: detector.classNames, output: options.output, json: options.json)
      // One picture needs no bar, and lines of results are progress enough.
      let progress = options.output != nil && images.count > 1 ? TerminalProgress() : nil
      for (index, path) in images.enumerated() {
        let image = try ImageFile.read(path)
        let found = try detector.detections(in: image).filter { $0.score >= options.threshold }
        print(try presenter.present(found, in: image, path: path))
        progress?.show(step: index + 1, of: images.count, "images")
      }
      progress?.finish()
    }
  #endif
}

/// The ONNX file of a run.
enum ExportedDetector {
  /// Returns its path, if there is one and the weights have not changed since.
  static func path(ofRun folder: String) -> String? {
    func date(_ name: String) -> Date? {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
      return attributes?[.modificationDate] as? Date
    }
    guard let exported = date("detector.onnx"), let trained = date("weights.safetensors"),
      exported >= trained
    else { return nil }
    return "\(folder)/detector.onnx"
  }
}
