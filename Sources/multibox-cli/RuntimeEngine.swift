import ArgumentParser
import Commands
import Detectors
import Logging

#if OPENVINO
  import OpenVINODetector
#endif

/// OpenVINO where it can; what needs LibTorch is done by `multibox-torch`, and what needs
/// Hummingbird by `multibox-serve`.
enum RuntimeEngine: Engine {
  static func train(_ options: TrainOptions) throws { try TorchExecutable.replaceProcess() }
  static func importWeights(_ options: ImportOptions) throws {
    try TorchExecutable.replaceProcess()
  }
  static func export(_ options: ExportOptions) throws { try TorchExecutable.replaceProcess() }

  static func detector(_ request: DetectorRequest) throws -> any PredictingDetector {
    switch request.source {
    case .model(let path, let description):
      return try detector(path, description: description, request)
    case .untrained: try TorchExecutable.replaceProcess()
    case .run(let folder):
      if let device = request.device {
        tell("\(folder.path): LibTorch detects: it has --device \(device)")
        try detectWithLibTorch()
      }
      switch try folder.engine() {
      case .openVINO(let model):
        #if OPENVINO
          folder.tellProgress()
          tell("\(folder.path): OpenVINO runs detector.onnx")
          return try detector(model, description: nil, request)
        #else
          tell("\(folder.path): LibTorch detects: this multibox was built without OpenVINO")
          try detectWithLibTorch()
        #endif
      case .libTorch(let reason):
        tell("\(folder.path): LibTorch detects: \(reason)")
        try detectWithLibTorch()
      }
    }
  }

  /// - Throws: ``NeighbourExecutableError``, which says how to do without.
  private static func detectWithLibTorch() throws -> Never {
    try TorchExecutable.replaceProcess(
      without: "where that is, `multibox export` makes detector.onnx of a run, which needs none")
  }

  private static func tell(_ line: String) {
    Logger(label: "multibox.engine").info("\(line)")
  }

  private static func detector(
    _ model: String, description: String?, _ request: DetectorRequest
  ) throws -> any PredictingDetector {
    #if OPENVINO
      if request.device != nil {
        throw ValidationError("--device has no effect: OpenVINO runs model files, on the processor")
      }
      if request.batchSize != nil {
        throw ValidationError("--batch-size has no effect: OpenVINO computes image by image")
      }
      let detector = try ModelDetector(
        model, description: description, precision: request.precision,
        threadCount: request.threadCount,
        isForThroughput: request.isForThroughput ?? request.hasManyImages,
        scoreThreshold: request.scoreThreshold)
      for remark in detector.remarks {
        Logger(label: "multibox.engine").notice("\(model): \(remark)")
      }
      if let note = request.precision.note(computedIn: detector.precision) {
        Logger(label: "multibox.engine").notice("\(model): \(note)")
      }
      return detector
    #else
      throw ValidationError("--model: this multibox was built without OpenVINO")
    #endif
  }
}

extension RuntimeEngine: ServingEngine {
  static let server = NeighbourExecutable(name: "multibox-serve", maker: "make serve")

  static func serve(_ options: ServeOptions) throws { try server.replaceProcess() }
}
