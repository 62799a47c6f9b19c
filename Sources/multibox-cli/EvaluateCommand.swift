import ArgumentParser
import CommandLineOptions
import DetectionData

#if OPENVINO
  import SSDRuntime
#endif

/// `multibox evaluate`: plain files here, runs and models with OpenVINO here, runs without an
/// ONNX file by `multibox-torch`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure average precision, of a run, a model file or plain files.",
    discussion: "JSON keys: AP AP50 AP75 APsmall APmedium APlarge AR1 AR10 AR100 ARsmall ARmedium"
      + " ARlarge (coco) or mAP (voc07, voc10), and perClass. -1 where nothing is to be found.")

  @OptionGroup var options: EvaluateOptions

  func run() throws {
    if let groundTruth = options.groundTruth, let detections = options.detections {
      let file = try COCOFile(groundTruth: groundTruth)
      print(
        try options.measures(
          of: file.images(detections: detections), classNames: file.classNames))
      return
    }
    #if OPENVINO
      if let model = options.model {
        // Validated: a model comes with data.
        if let data = options.data { try evaluate(model, data: data) }
        return
      }
      if let run = options.run, let model = ExportedDetector.path(ofRun: run) {
        try evaluate(model, data: options.data ?? ExportedDetector.data(ofRun: run))
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
    private func evaluate(_ model: String, data: String) throws {
      let detector = try Detector(
        model: model, description: options.description,
        precision: DetectorPrecision(options.precision), threadCount: options.threadCount,
        isForThroughput: true)
      print(
        try options.measures(on: data, classNames: detector.classNames) { dataset, observe in
          try detector.evaluationImages(of: dataset, observe: observe)
        })
    }
  #endif
}
