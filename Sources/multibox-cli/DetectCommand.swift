import ArgumentParser
import CommandLineOptions
import DetectionData
import Foundation

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
      let isForThroughput = options.throughput ?? (images.count >= 8)
      let detector = try Detector(
        model: model, description: options.description,
        precision: DetectorPrecision(options.precision), threadCount: options.threads,
        isForThroughput: isForThroughput, scoreThreshold: options.threshold)
      let threshold = options.threshold ?? max(0.5, detector.description.thresholds.score)
      if isForThroughput {
        try options.present(
          images, classNames: detector.classNames, threshold: threshold,
          forEach: { body in
            try detector.forEachPicture(
              count: images.count, load: { try ImageFile.read(images[$0]) }, body)
          }, show: { print($0) })
      } else {
        try options.present(
          images, classNames: detector.classNames, threshold: threshold,
          detect: detector.detections(in:), show: { print($0) })
      }
    }
  #endif
}
