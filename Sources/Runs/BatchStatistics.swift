/// The images whose statistics batch normalizations take, where several processes train.
///
/// One process takes those of the batch, whatever is chosen.
public enum BatchStatistics: String, Hashable, Sendable, Codable, CaseIterable {
  /// Of the whole batch: the training is that of one process.
  case sync
  /// Of the images of each process by itself.
  case local
}
