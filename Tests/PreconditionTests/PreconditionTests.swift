import MultiBox
import Testing

/// Every precondition of the public API, in processes of their own.
struct PreconditionTests {
  @Test(arguments: Mistake.allCases)
  func aProgrammersMistakeEndsTheProgram(mistake: Mistake) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [mistake] in mistake.make()
    }
    guard let result else { return }
    // A thrown error would be a failure, too.
    guard case .signal = result.exitStatus else {
      Issue.record("\(mistake) ended with \(result.exitStatus)")
      return
    }
    // Optimized code says nothing.
    #if DEBUG
      let text = String(decoding: result.standardErrorContent, as: UTF8.self)
      #expect(text.contains(mistake.message), "\(text)")
    #endif
  }
}

/// What the interface forbids.
enum Mistake: String, CaseIterable, Codable {
  case matchOutsideOfDefaultBoxes, matchOfNoObject, qualityAboveOne, defaultBoxMatchedTwice
  case ownedOutsideOfDefaultBoxes, ignoredOutsideOfDefaultBoxes, targetOfNoDefaultBox
  case ruleThatKnowsOtherDefaultBoxes
  case iouThresholdAboveOne, negativeOverlapOfZero
  case noCandidatesPerMap, noTaskAlignedCandidates, infiniteAlignment, alignmentWithoutPredictions
  case statisticsOfARuleWithPredictions
  case scoresForOtherBoxes
  case featureMapWithoutRows, imageWithoutHeight, compactOfAnOddSide, clustersOfNothing, noClusters
  case centerVarianceOfZero, sizeVarianceBelowZero
  case normalizerOfZero, noThreads
  case focalAlphaAboveOne, focalGammaBelowZero, qualityBetaBelowZero, varifocalAlphaBelowZero
  case softmaxSmoothingAboveOne, sigmoidSmoothingBelowZero
  case negativesBelowZero, minimumNegativesBelowZero
  case iouOfZero, fallingLimits, noBins
  case balancedGammaTooLarge, smoothBetaBelowZero, smoothBetaNotANumber

  /// What standard error must hold.
  var message: String {
    switch self {
    case .matchOutsideOfDefaultBoxes: "of 2 default boxes and 1 objects"
    case .matchOfNoObject: "of 2 default boxes and 0 objects"
    case .qualityAboveOne: "quality: 1.5"
    case .defaultBoxMatchedTwice: "default box 1 is matched twice"
    case .ownedOutsideOfDefaultBoxes: "an owned default box outside of 0..<2"
    case .ignoredOutsideOfDefaultBoxes: "ignored outside of 0..<2"
    case .targetOfNoDefaultBox: "default box 2 of 2"
    case .ruleThatKnowsOtherDefaultBoxes:
      "assigned 0 objects to 1003 default boxes: there are 0 and 3"
    case .iouThresholdAboveOne: "an IoU threshold of 1.5, background below 1.0"
    case .negativeOverlapOfZero: "an IoU threshold of 0.5, background below 0.0"
    case .noCandidatesPerMap: "0 candidates a feature map"
    case .noTaskAlignedCandidates: "alpha 1.0, beta 6.0, 0 candidates"
    case .infiniteAlignment: "alpha 1.0, beta inf, 13 candidates"
    case .alignmentWithoutPredictions: "task-aligned assignment needs predictions"
    case .statisticsOfARuleWithPredictions: "looks at predictions"
    case .scoresForOtherBoxes: "1 scores for 0 boxes"
    case .featureMapWithoutRows: "a feature map of 0 × 4 cells"
    case .imageWithoutHeight: "an image of 300 × 0 pixels"
    case .compactOfAnOddSide: "a side of 100 pixels"
    case .clustersOfNothing: "2 clusters of 0 shapes"
    case .noClusters: "0 clusters of 1 shapes"
    case .centerVarianceOfZero: "variances must be above 0, are 0.0 and 0.2"
    case .sizeVarianceBelowZero: "variances must be above 0, are 0.1 and -1.0"
    case .normalizerOfZero: "a normalizer of 0.0"
    case .noThreads: "a thread count of 0"
    case .focalAlphaAboveOne: "alpha 1.5, gamma 2.0"
    case .focalGammaBelowZero: "alpha 0.25, gamma -1.0"
    case .qualityBetaBelowZero, .smoothBetaBelowZero: "a beta of -1.0"
    case .smoothBetaNotANumber: "a beta of nan"
    case .varifocalAlphaBelowZero: "alpha -1.0, gamma 2.0"
    case .softmaxSmoothingAboveOne: "a label smoothing of 1.5"
    case .sigmoidSmoothingBelowZero: "a label smoothing of -0.1"
    case .negativesBelowZero: "-1.0 negatives per positive, at least 0"
    case .minimumNegativesBelowZero: "3.0 negatives per positive, at least -1"
    case .iouOfZero: "IoU thresholds above 0, to 1: [0.5, 0.0]"
    case .fallingLimits: "rising limits from 1: [10, 1]"
    case .noBins: "0 bins"
    case .balancedGammaTooLarge: "alpha 1.0, gamma 81.0"
    }
  }

  private static let unit = CenterBox(cx: 0.5, cy: 0.5, width: 0.5, height: 0.5)

  /// A rule for default boxes that are not the loss's.
  private struct Overreaching: BoxAssigner {
    func assignment(
      of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
    ) -> BoxAssignment {
      let count = defaultBoxes.count + 1000
      return BoxAssignment(
        defaultBoxCount: count, matches: [], ignored: [count - 1],
        ownedDefaultBoxes: objects.map { _ in nil })
    }
  }

  private func assign(
    _ matches: [BoxAssignment.Match] = [], ignored: [Int] = [], owned: [Int?] = [nil]
  ) -> BoxAssignment {
    BoxAssignment(
      defaultBoxCount: 2, matches: matches, ignored: ignored, ownedDefaultBoxes: owned)
  }

  private func evaluate(
    _ loss: MultiBoxLoss = MultiBoxLoss(), normalizer: Double? = nil, threadCount: Int = 1
  ) {
    guard let boxes = try? DefaultBoxes([Self.unit, Self.unit, Self.unit]) else { return }
    _ = try? loss.evaluate(
      logits: [Double](repeating: 0, count: 6), offsets: [Double](repeating: 0, count: 12),
      imageCount: 1, defaultBoxes: boxes, groundTruth: [[]], normalizer: normalizer,
      threadCount: threadCount)
  }

  /// Does what is forbidden. Returns where it is not found out.
  func make() {
    let map = DefaultBoxSpecification.FeatureMap(rows: 1, columns: 1, shapes: [])
    let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
    var generator = SystemRandomNumberGenerator()
    switch self {
    case .matchOutsideOfDefaultBoxes: _ = assign([.init(defaultBox: 2, object: 0)])
    case .matchOfNoObject: _ = assign([.init(defaultBox: 1, object: 0)], owned: [])
    case .qualityAboveOne: _ = assign([.init(defaultBox: 1, object: 0, quality: 1.5)])
    case .defaultBoxMatchedTwice:
      _ = assign([.init(defaultBox: 1, object: 0), .init(defaultBox: 1, object: 0)])
    case .ownedOutsideOfDefaultBoxes: _ = assign(owned: [2])
    case .ignoredOutsideOfDefaultBoxes: _ = assign(ignored: [2])
    case .targetOfNoDefaultBox: _ = assign()[2]
    // Else it would write beyond the buffers.
    case .ruleThatKnowsOtherDefaultBoxes: evaluate(MultiBoxLoss(assigner: Overreaching()))
    case .iouThresholdAboveOne: _ = OverlapRule(threshold: 1.5)
    case .negativeOverlapOfZero: _ = OverlapRule(negativeOverlap: 0)
    case .noCandidatesPerMap: _ = ATSSAssigner(candidatesPerMap: 0)
    case .noTaskAlignedCandidates: _ = TaskAlignedAssigner(candidateCount: 0)
    case .infiniteAlignment: _ = TaskAlignedAssigner(beta: .infinity)
    case .alignmentWithoutPredictions:
      _ = TaskAlignedAssigner().assignment(of: [], to: boxes, predictions: nil)
    case .statisticsOfARuleWithPredictions:
      _ = AssignmentStatistics(
        groundTruth: [], defaultBoxes: boxes, assigner: TaskAlignedAssigner())
    case .scoresForOtherBoxes:
      _ = NonMaximumSuppression().keptIndices(boxes: [], scores: [1])
    case .featureMapWithoutRows:
      _ = DefaultBoxSpecification.FeatureMap(rows: 0, columns: 4, shapes: [])
    case .imageWithoutHeight:
      _ = DefaultBoxSpecification(
        imageWidthInPixels: 300, imageHeightInPixels: 0, featureMaps: [map])
    case .compactOfAnOddSide: _ = DefaultBoxSpecification.compact(side: 100)
    case .clustersOfNothing: _ = BoxShapeClusters([], count: 2, using: &generator)
    case .noClusters:
      _ = BoxShapeClusters([.init(width: 1, height: 1)], count: 0, using: &generator)
    case .centerVarianceOfZero: _ = BoxCoder(centerVariance: 0)
    case .sizeVarianceBelowZero: _ = BoxCoder(sizeVariance: -1)
    case .normalizerOfZero: evaluate(normalizer: 0)
    case .noThreads: evaluate(threadCount: 0)
    case .focalAlphaAboveOne: _ = FocalLoss(alpha: 1.5)
    case .focalGammaBelowZero: _ = FocalLoss(gamma: -1)
    case .qualityBetaBelowZero: _ = QualityFocalLoss(beta: -1)
    case .varifocalAlphaBelowZero: _ = VarifocalLoss(alpha: -1)
    case .softmaxSmoothingAboveOne: _ = SoftmaxLoss(labelSmoothing: 1.5)
    case .sigmoidSmoothingBelowZero: _ = SigmoidLoss(labelSmoothing: -0.1)
    case .negativesBelowZero: _ = HardNegativeMining(negativesPerPositive: -1)
    case .minimumNegativesBelowZero: _ = HardNegativeMining(minimumNegatives: -1)
    case .iouOfZero: _ = COCOAveragePrecision(classCount: 1, iouThresholds: [0.5, 0])
    case .fallingLimits: _ = COCOAveragePrecision(classCount: 1, detectionLimits: [10, 1])
    case .noBins: _ = ScoreCalibration(MatchedImages([]), classCount: 1, binCount: 0)
    case .balancedGammaTooLarge: _ = BalancedL1(alpha: 1, gamma: 81)
    case .smoothBetaBelowZero: _ = SmoothL1(beta: -1)
    case .smoothBetaNotANumber: _ = SmoothL1(beta: .nan)
    }
  }
}
