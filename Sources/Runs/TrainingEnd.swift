/// The end of a training that has come to one, not of one that was stopped.
public struct TrainingEnd: Hashable, Sendable {
  /// The epoch that was the last, from 1.
  public let epoch: Int
  /// Epochs of the whole run.
  public let epochs: Int
  /// The epoch whose weights are kept; nil where a run of an older version does not say.
  public let keptEpoch: Int?
  /// The split that chose them; nil where none does, and the last ones are kept.
  public let split: String?
  /// The kept weights' AP on that split, 0…1; nil where none chose.
  public let averagePrecision: Double?
  /// Measurements without a higher AP that ended the training before its last epoch; nil where it
  /// went to that.
  public let patience: Int?

  package init(
    epoch: Int, epochs: Int, keptEpoch: Int?, split: String?, averagePrecision: Double?,
    patience: Int?
  ) {
    self.epoch = epoch
    self.epochs = epochs
    self.keptEpoch = keptEpoch
    self.split = split
    self.averagePrecision = averagePrecision
    self.patience = patience
  }
}
