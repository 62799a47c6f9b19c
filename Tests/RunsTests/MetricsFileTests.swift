import Files
import Foundation
import TestSupport
import Testing

@testable import Runs

struct MetricsFileTests {
  private func training(_ iteration: Int) -> Metrics {
    .training(
      TrainingMetrics(
        iteration: iteration, epoch: iteration, loss: 1, localization: 0.5, confidence: 0.5,
        positivesPerImage: 3, learningRate: 0.1, gradientNorm: 2, imagesPerSecond: 10))
  }

  private func evaluation(_ iteration: Int) -> Metrics {
    .evaluation(
      EvaluationMetrics(
        iteration: iteration, epoch: iteration, split: "test", selects: false, ap: 0.5, ap50: 0.5,
        ap75: 0.5, perClass: [:]))
  }

  private func withFile(_ body: (MetricsFile) throws -> Void) throws {
    try withFolder { folder in
      let file = MetricsFile(path: folder + "/metrics.jsonl")
      for iteration in 1...3 {
        try file.append(training(iteration))
        try file.append(evaluation(iteration))
      }
      try body(file)
    }
  }

  @Test func theTimeInCollectivesStandsWhereThereAreSeveralProcesses() throws {
    guard case .training(var metrics) = training(1) else { throw CancellationError() }
    func text() throws -> String {
      String(decoding: try JSONEncoder().encode(metrics), as: UTF8.self)
    }
    #expect(try !text().contains("collective"))
    metrics.collectiveShare = 0.25
    #expect(try text().contains(#""collectiveShare":0.25"#))
    #expect(try JSONDecoder().decode(TrainingMetrics.self, from: Data(text().utf8)) == metrics)
  }

  @Test func linesAfterTheCheckpointGo() throws {
    try withFile { (file) throws in
      #expect(try file.truncate(after: 2).isEmpty)
      #expect(try file.read() == [training(1), evaluation(1), training(2), evaluation(2)])
      // What is to be measured again is not yet measured.
      #expect(try file.truncate(after: 2, keepsEvaluations: false).isEmpty)
      #expect(try file.read() == [training(1), evaluation(1), training(2)])
    }
  }

  @Test func aDamagedLineIsToldAndTheOthersStay() throws {
    try withFile { (file) throws in
      var lines = try String(contentsOfFile: file.path, encoding: .utf8).split(separator: "\n")
      lines[1] = "{\"kind\":\"eval"
      // The last one is torn, as a kill leaves it, and no news.
      let text = lines.joined(separator: "\n") + "\n{\"kind"
      try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
      let reason = "kind: expected the end of a string, found that of the file (line 2, column 14)"
      let error = #expect(throws: FileError.self) { try file.read() }
      #expect(error?.description == "\(file.path): \(reason)")
      #expect(
        try file.truncate(after: 3) == [
          "\(file.path): line 2 is damaged, and left out: \(reason)"
        ])
      #expect(
        try file.read() == [training(1), training(2), evaluation(2), training(3), evaluation(3)])
    }
  }
}
