import Files
import Logging
import Runs

extension RunFolder {
  /// Says in a line how far the training came, where it has not come to its end: its detector is
  /// not yet what it will be.
  public func tellProgress() {
    let logger = Logger(label: "multibox.engine")
    do {
      guard let progress = try progress(), !progress.hasEnded else { return }
      logger.notice("\(path): not trained to its end: \(progress.summary)")
    } catch {
      // What detects may be whole all the same.
      logger.warning("\(error); so it is not known how far the training came")
    }
  }
}
