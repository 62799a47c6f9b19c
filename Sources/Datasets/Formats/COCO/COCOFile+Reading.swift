import Files
import MultiBox
import Synchronization

extension COCOFile {
  /// Reads ground truth and results, at once where two threads are allowed.
  ///
  /// - Parameters:
  ///   - groundTruth: path of an instances JSON.
  ///   - detections: path of a results JSON.
  ///   - threadCount: at least 1.
  /// - Throws: the errors of both readers; that of the ground truth if both files have one.
  public static func read(
    groundTruth: String, detections: String, threadCount: Int
  ) throws -> (groundTruth: COCOFile, detections: COCOResults) {
    guard threadCount > 1 else {
      return (try COCOFile(groundTruth: groundTruth), try COCOResults(detections))
    }
    func unread(_ path: String) -> FileError { FileError(path: path, reason: "not read") }
    let truth = Mutex(Result<COCOFile, any Error>.failure(unread(groundTruth)))
    let results = Mutex(Result<COCOResults, any Error>.failure(unread(detections)))
    concurrentPerform(count: 2) { index in
      if index == 0 {
        let read = Result { try COCOFile(groundTruth: groundTruth) }
        truth.withLock { $0 = read }
      } else {
        let read = Result { try COCOResults(detections) }
        results.withLock { $0 = read }
      }
    }
    return (try truth.withLock(\.self).get(), try results.withLock(\.self).get())
  }
}
