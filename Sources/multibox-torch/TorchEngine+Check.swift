import ArgumentParser
import Commands
import Detectors
import Logging
import ModelFiles
import Runs
import SSDModels
import SSDTraining

#if OPENVINO
  import OpenVINODetector
#endif

extension TorchEngine {
  /// Reads the images of `--check`.
  ///
  /// - Parameters:
  ///   - options: of the command.
  ///   - folder: the run.
  ///   - configuration: its own, read before.
  /// - Returns: what compares a written file with the run; nil where that was not asked for.
  /// - Throws: what `ExportCheck` does; a usage error where this build cannot run the file.
  static func check(
    _ options: ExportOptions, of folder: RunFolder, _ configuration: TrainingConfiguration
  ) throws -> ((_ path: String) throws -> Void)? {
    guard options.check.isGiven else { return nil }
    #if !OPENVINO
      if options.format == .onnx {
        throw ValidationError("--check: this multibox was built without OpenVINO")
      }
    #endif
    let check = try ExportCheck(options.check, classNames: configuration.data.classNames)
    return { path in
      folder.tellProgress()
      let run = try CheckedRun(folder, options.check)
      try check.run(run.detector, title: run.title, forms: [form(path, options, run)])
    }
  }

  /// What was written, as it is compared.
  private static func form(
    _ path: String, _ options: ExportOptions, _ run: CheckedRun
  ) throws -> ExportCheck.Form {
    switch options.format {
    case .onnx:
      #if OPENVINO
        let precision = options.check.computedPrecision
        let detector = try ModelDetector(
          path, precision: precision, threadCount: options.check.threadCount,
          scoreThreshold: ExportCheck.scoreThreshold)
        if let note = precision.note(computedIn: detector.precision) {
          Logger(label: "multibox.export").notice("\(path): \(note)")
        }
        let isQuantized = options.check.precision == .int8
        let engine = "OpenVINO, \(isQuantized ? "int8" : detector.precision.rawValue)"
        return options.decode
          ? ExportCheck.Form(
            "rows of ONNX, \(engine)", path: path, .rows(detector, like: run.suppressedHard))
          : ExportCheck.Form("ONNX, \(engine)", path: path, .heads(detector))
      #else
        return ExportCheck.Form(
          "ONNX", path: path, .notExecuted(reason: "this multibox was built without OpenVINO"))
      #endif
    case .coreai:
      return ExportCheck.Form(
        "Core AI, interpreted", path: path,
        .heads(
          try CoreAIDetector(
            path, environment: CoreAIEnvironment(),
            scoreThreshold: ExportCheck.scoreThreshold)))
    case .coreml, .torchvision:
      // The options refuse torchvision.
      return ExportCheck.Form(
        "Core ML", path: path, .notExecuted(reason: "Core ML runs on Apple's systems"))
    }
  }
}

/// The network of a run, as its exported forms are compared with it.
private struct CheckedRun {
  let detector: NetworkDetector
  let title: String
  /// The same network under hard suppression, which files have; nil where the run has it too.
  let suppressedHard: (title: String, detector: any PredictingDetector)?

  init(_ folder: RunFolder, _ options: ExportCheckOptions) throws {
    let precision = options.computedPrecision
    precision.tellIfSlow(on: .cpu)
    title = "run, LibTorch, \(precision.rawValue)"
    detector = try NetworkDetector(
      folder, precision: precision, threadCount: options.threadCount,
      scoreThreshold: ExportCheck.scoreThreshold)
    var description = detector.description
    guard description.thresholds.gaussianSigma != nil else {
      suppressedHard = nil
      return
    }
    description.thresholds.gaussianSigma = nil
    suppressedHard = (
      "\(title), hard suppression at IoU \(description.thresholds.iou)",
      NetworkDetector(
        detector.network, description, precision: precision, threadCount: options.threadCount,
        scoreThreshold: ExportCheck.scoreThreshold)
    )
  }
}
