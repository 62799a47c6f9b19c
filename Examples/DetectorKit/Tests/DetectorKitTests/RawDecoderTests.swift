import DetectorKit
import Foundation
import Testing

struct RawDecoderTests {
  private func decoder(best: String = "null", sigma: String = "null") throws -> RawDecoder {
    try RawDecoder(
      description: """
        {"version": 2, "name": "x", "classNames": ["cat", "dog"], "thresholds": {"score": 0.1,
        "iou": 0.45, "candidatesPerClass": 400, "maximumDetections": 200, "gaussianSigma": \(sigma),
        "best": \(best)}}
        """)
  }

  // Two boxes of a cat on one place, a dog in the right half that reaches over the border.
  private let scores: [Float] = [
    0.1, 0.9, 0, 0.3, 0.7, 0, 0.4, 0, 0.6,
  ]
  private let boxes: [Float] = [0, 0, 0.5, 0.5, 0, 0, 0.5, 0.46875, 0.5, 0.25, 1.25, 1]
  private let size = CGSize(width: 200, height: 100)

  @Test func boxesAreSuppressedAndInPixels() throws {
    let found = try decoder().objects(scores: scores, boxes: boxes, size: size)
    #expect(found.map(\.name) == ["cat", "dog"])
    #expect(found.map { Float($0.score) } == [0.9, 0.6])
    #expect(
      found.map(\.box) == [
        CGRect(x: 0, y: 0, width: 100, height: 50), CGRect(x: 100, y: 25, width: 100, height: 75),
      ])
  }

  // The dog's 0.6 is below its best threshold; a cat has none, so a half.
  @Test func eachClassHasItsThreshold() throws {
    let decoder = try decoder(best: #"{"split": "val", "scores": [null, 0.65]}"#)
    #expect(
      try decoder.objects(scores: scores, boxes: boxes, size: size).map(\.name) == ["cat"])
    #expect(
      try decoder.objects(scores: scores, boxes: boxes, size: size, lowestScore: 0.2).map(\.name)
        == ["cat", "dog"])
  }

  // IoU of the cats: 0.46875 / 0.5 = 0.9375. 0.7 · exp(−0.9375² / 0.5) = 0.1207.
  @Test func softSuppressionIsTheRuns() throws {
    let found = try decoder(sigma: "0.5").objects(
      scores: scores, boxes: boxes, size: size, lowestScore: 0)
    #expect(found.map(\.name) == ["cat", "dog", "cat"])
    #expect(abs(found[2].score - 0.1207) < 1e-4)
  }

  @Test func otherNumbersAreRefused() throws {
    let error = #expect(throws: DetectorKitError.self) {
      try decoder().objects(scores: [0, 1], boxes: boxes, size: size)
    }
    #expect(
      error?.description
        == "expected 3 scores for each of 3 boxes, found 2 for 12 numbers")
    #expect(throws: DecodingError.self) { try RawDecoder(description: "{}") }
  }
}
