import Datasets
import Detectors
import MultiBox
import Runs

/// The results on one split, before it is known whether the weights are kept.
struct SplitMeasurement {
  let metrics: EvaluationMetrics
  let dataset: DetectionDataset
  let matched: MatchedImages
  let summary: COCOSummary

  func details(isKept: Bool) -> Evaluation {
    Evaluation(dataset: dataset, matched: matched, summary: summary, isKept: isKept)
  }

  /// What the weights say of themselves if this split chooses them.
  func kept(classCount: Int) -> KeptWeights {
    KeptWeights(
      epoch: metrics.epoch, split: metrics.split, ap: metrics.ap,
      bestThresholds: BestThresholds(
        split: metrics.split,
        curves: ScoreCurve.curves(of: matched, classCount: classCount)))
  }
}
