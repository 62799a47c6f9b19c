import ArgumentParser
import Commands
import Detectors
import Runs
import SSDTraining
import Torch

/// LibTorch.
enum TorchEngine: Engine {
  static func train(_ options: TrainOptions) throws {
    try TrainingProcesses.run(options) { try TrainingSession(options, $0).run() }
  }

  static func detector(_ request: DetectorRequest) throws -> any PredictingDetector {
    if let isForThroughput = request.isForThroughput {
      throw ValidationError(
        "--\(isForThroughput ? "" : "no-")throughput has no effect: LibTorch detects")
    }
    let device = try Device.option(request.device ?? Device.cpu.rawValue)
    request.precision.tellIfSlow(on: device)
    let batchSize = request.batchSize ?? DetectorRequest.usualBatchSize
    switch request.source {
    case .model:
      throw ValidationError("--model: multibox runs model files, with OpenVINO")
    case .run(let folder):
      folder.tellProgress()
      return try NetworkDetector(
        folder, device: device, precision: request.precision, threadCount: request.threadCount,
        batchSize: batchSize, scoreThreshold: request.scoreThreshold)
    case .untrained(let configuration):
      return NetworkDetector(
        try configuration.makeNetwork(on: device), configuration.detector,
        precision: request.precision,
        threadCount: request.threadCount, batchSize: batchSize,
        scoreThreshold: request.scoreThreshold)
    }
  }
}

extension Device {
  /// What a note calls a device.
  ///
  /// - Parameter name: of the device.
  static func place(_ name: String) -> String {
    name == Device.cpu.rawValue ? "this processor" : "device \(name)"
  }

  /// Where a training computes that no option sends elsewhere: of several processes each would take
  /// a device of its own, and their machines may have different numbers of them.
  static func usualName(_ placement: ProcessPlacement?) -> String {
    placement == nil && cudaCount > 0 ? "cuda" : TrainingConfiguration.Execution.usualDevice
  }

  /// Reads `--device`.
  ///
  /// - Throws: a usage error for text that names none; `TorchError` for one that is not here.
  static func option(_ text: String) throws -> Device {
    guard let device = Device(rawValue: text) else {
      throw ValidationError("--device: expected cpu, cuda or cuda: and a number, found \(text)")
    }
    try device.checkAvailable()
    return device
  }
}
