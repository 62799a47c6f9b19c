import ArgumentParser
import Commands
import Detectors
import SSDTraining

/// LibTorch.
enum TorchEngine: Engine {
  static func train(_ options: TrainOptions) throws { try TrainingSession(options).run() }

  static func detector(_ request: DetectorRequest) throws -> any PredictingDetector {
    if let isForThroughput = request.isForThroughput {
      throw ValidationError(
        "--\(isForThroughput ? "" : "no-")throughput has no effect: LibTorch detects")
    }
    let batchSize = request.batchSize ?? DetectorRequest.usualBatchSize
    switch request.source {
    case .model:
      throw ValidationError("--model: multibox runs model files, with OpenVINO")
    case .run(let folder):
      return try NetworkDetector(
        folder, precision: request.precision, threadCount: request.threadCount,
        batchSize: batchSize, scoreThreshold: request.scoreThreshold)
    case .untrained(let configuration):
      return NetworkDetector(
        try configuration.makeNetwork(), configuration.detector, precision: request.precision,
        threadCount: request.threadCount, batchSize: batchSize,
        scoreThreshold: request.scoreThreshold)
    }
  }
}
