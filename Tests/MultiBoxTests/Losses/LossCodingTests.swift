import Foundation
import MultiBox
import Testing

struct LossCodingTests {
  private func decoded(_ json: String) throws -> MultiBoxLoss {
    try JSONDecoder().decode(MultiBoxLoss.self, from: Data(json.utf8))
  }

  @Test func everyPartComesBack() throws {
    for assigner in AllParts.assigners {
      for confidence in AllParts.confidences {
        for localization in AllParts.localizations {
          let loss = MultiBoxLoss(
            assigner: try AllParts.assigner(assigner),
            confidence: try AllParts.confidence(confidence),
            localization: try AllParts.localization(localization), alpha: 3,
            normalization: .perImage, boxCoder: BoxCoder(maximumSizeOffset: 4),
            ignoredRegionOverlap: 0.5)
          let data = try JSONEncoder().encode(loss)
          #expect(try JSONDecoder().decode(MultiBoxLoss.self, from: data) == loss)
        }
      }
    }
    let other = MultiBoxLoss(
      assigner: .forced(overlapThreshold: 0.4, includesThreshold: false, negativeOverlap: 0.3),
      confidence: .softmax(
        mining: HardNegativeMining(
          negativesPerPositive: 2, minimumNegatives: 4, countsMinedPositivesTwice: true)),
      localization: .offsets(.smoothL1(beta: 0.3)))
    #expect(try JSONDecoder().decode(MultiBoxLoss.self, from: JSONEncoder().encode(other)) == other)
    #expect(other != MultiBoxLoss())
  }

  @Test func aSmoothingOfLabelsIsWrittenWhereThereIsOne() throws {
    for confidence: any ConfidenceTerm in [
      .softmax(labelSmoothing: 0.1), .sigmoid(labelSmoothing: 0.1),
    ] as [any ConfidenceTerm] {
      let loss = MultiBoxLoss(confidence: confidence)
      let data = try JSONEncoder().encode(loss)
      #expect(String(decoding: data, as: UTF8.self).contains(#""labelSmoothing":0.1"#))
      #expect(try JSONDecoder().decode(MultiBoxLoss.self, from: data) == loss)
    }
    let plain = try JSONEncoder().encode(MultiBoxLoss())
    #expect(!String(decoding: plain, as: UTF8.self).contains("labelSmoothing"))
    #expect(MultiBoxLoss(confidence: .softmax(labelSmoothing: 0.1)) != MultiBoxLoss())
  }

  // As version 0.1.0's configuration.json had it.
  @Test func theFlatFormOfBeforeIsRead() throws {
    let loss = try decoded(
      """
      {"alpha": 2, "beta": 0.5, "boxCoder": {"centerVariance": 0.1, "sizeVariance": 0.2},
       "boxLoss": "smooth-l1", "confidenceLoss": "softmax", "countsMinedPositivesTwice": true,
       "focalAlpha": 0.25, "focalGamma": 2, "includesThreshold": false, "iouThreshold": 0.4,
       "matching": "forced", "minimumNegatives": 3, "negativeOverlap": 1,
       "negativesPerPositive": 5, "normalization": "per-image", "threadCount": 2}
      """)
    #expect(
      loss
        == MultiBoxLoss(
          assigner: .forced(overlapThreshold: 0.4, includesThreshold: false),
          confidence: .softmax(
            mining: HardNegativeMining(
              negativesPerPositive: 5, minimumNegatives: 3, countsMinedPositivesTwice: true)),
          localization: .offsets(.smoothL1(beta: 0.5)), alpha: 2, normalization: .perImage))
    #expect(
      try decoded(#"{"confidenceLoss": "focal", "focalGamma": 1, "boxLoss": "giou"}"#)
        == MultiBoxLoss(confidence: .focal(gamma: 1), localization: .boxes(.giou)))
    #expect(try decoded("{}") == MultiBoxLoss())
    #expect(try decoded(#"{"assigner": {"name": "atss"}}"#) == MultiBoxLoss(assigner: .atss()))
    #expect(
      try decoded(#"{"confidence": {"name": "focal"}}"#) == MultiBoxLoss(confidence: .focal()))
    #expect(
      try decoded(#"{"localization": {"name": "giou"}}"#)
        == MultiBoxLoss(localization: .boxes(.giou)))
  }

  @Test(arguments: [
    (#"{"beta": -1}"#, "beta", "expected a number of 0 or more, found -1.0"),
    (#"{"negativesPerPositive": -3}"#, "negativesPerPositive", "0 or more, found -3.0"),
    (#"{"minimumNegatives": -1}"#, "minimumNegatives", "expected 0 or more, found -1"),
    (#"{"iouThreshold": 1.5}"#, "iouThreshold", "expected a number of 0…1, found 1.5"),
    (#"{"focalAlpha": 2}"#, "focalAlpha", "found 2.0"),
    (#"{"negativeOverlap": 0}"#, "negativeOverlap", "above 0, to 1, found 0.0"),
    (
      #"{"version": 2, "localization": {"name": "balanced-l1", "gamma": 100}}"#, "gamma",
      "at most 80 times alpha, found 100.0"
    ),
    (#"{"matching": "best"}"#, "matching", "expected one of bipartite, forced, found best"),
    (#"{"boxCoder": {"centerVariance": 0}}"#, "centerVariance", "above 0, found 0.0"),
    (#"{"boxCoder": {"sizeVariance": -0.2}}"#, "sizeVariance", "above 0, found -0.2"),
    (#"{"version": 3}"#, "version", "expected a version of up to 2, found 3"),
    (#"{"version": 2, "confidence": {"name": "hinge"}}"#, "name", "expected one of softmax"),
    (
      #"{"version": 2, "confidence": {"name": "focal", "gamma": -1}}"#, "gamma",
      "0 or more, found -1.0"
    ),
    (
      #"{"version": 2, "assigner": {"name": "atss", "candidatesPerMap": 0}}"#, "candidatesPerMap",
      "1"
    ),
    (
      #"{"version": 2, "confidence": {"name": "softmax", "labelSmoothing": 1.5}}"#,
      "labelSmoothing", "expected a number of 0…1, found 1.5"
    ),
    (
      #"{"version": 2, "confidence": {"name": "sigmoid", "labelSmoothing": -0.5}}"#,
      "labelSmoothing", "found -0.5"
    ),
    (#"{"version": 2, "ignoredRegionOverlap": 0}"#, "ignoredRegionOverlap", "above 0"),
    (
      #"{"version": 2, "confidence": {"name": "softmax", "mining": {"negativesPerPositive": -1}}}"#,
      "negativesPerPositive", "found -1.0"
    ),
    (
      #"{"version": 2, "localization": {"name": "balanced-l1", "alpha": 0}}"#, "alpha",
      "above 0, found 0.0"
    ),
  ])
  func noNumberReachesAPrecondition(json: String, key: String, reason: String) throws {
    let error = #expect(throws: DecodingError.self) { try decoded(json) }
    guard case .dataCorrupted(let context)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.codingPath.last?.stringValue == key)
    #expect(context.debugDescription.contains(reason), "\(context.debugDescription)")
  }

  // A key of another part, of another version, or misspelt, would have no effect.
  @Test(arguments: [
    (#"{"confidence": {"name": "softmax", "gamma": 2}}"#, "gamma", "labelSmoothing, mining, name"),
    (#"{"confidence": {"name": "focal", "mining": {}}}"#, "mining", "alpha, gamma, name"),
    (#"{"confidence": {"name": "softmax", "mining": {"ratio": 3}}}"#, "ratio", "countsMined"),
    (#"{"localization": {"name": "giou", "beta": 1}}"#, "beta", "name"),
    (#"{"localization": {"name": "l1", "beta": 1}}"#, "beta", "name"),
    (#"{"assigner": {"name": "atss", "overlapThreshold": 0.5}}"#, "overlapThreshold", "candidates"),
    (#"{"version": 2, "beta": 1}"#, "beta", "alpha, assigner, boxCoder"),
    (#"{"version": 1, "assigner": {"name": "atss"}}"#, "assigner", "alpha, beta, boxCoder"),
    (#"{"focalGama": 2}"#, "focalGama", "alpha, beta, boxCoder"),
    (#"{"boxCoder": {"variance": 0.1}}"#, "variance", "centerVariance, maximumSizeOffset"),
  ])
  func aKeyThatNobodyReadsIsNamed(json: String, key: String, known: String) throws {
    let error = #expect(throws: DecodingError.self) { try decoded(json) }
    guard case .dataCorrupted(let context)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.codingPath.last?.stringValue == key)
    #expect(context.debugDescription.hasPrefix("no such key; known are \(known)"))
  }

  private struct Nearest: BoxAssigner {
    func assignment(
      of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
    ) -> BoxAssignment {
      BoxAssignment(
        defaultBoxCount: defaultBoxes.count, matches: [],
        ownedDefaultBoxes: objects.map { _ in nil })
    }
  }

  @Test func aPartWithoutANameCannotBeWritten() throws {
    let error = #expect(throws: EncodingError.self) {
      try JSONEncoder().encode(MultiBoxLoss(assigner: Nearest()))
    }
    guard case .invalidValue(_, let context)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.debugDescription.hasPrefix("Nearest cannot be written"))
  }
}
