import ArgumentParser
import Detectors
import Logging

extension ObjectDetector {
  /// Says what the detector left out, once for all images.
  ///
  /// - Parameters:
  ///   - label: the logger's.
  ///   - foundAny: whether anything was found in any image.
  /// - Returns: false where the network gave numbers that are none, so that its result is no whole
  ///   one, and where no box that it gave has area: one box outside of its image is a detector's
  ///   usual mistake, all of them are a description's.
  func tellDropped(label: String, foundAny: Bool) -> Bool {
    let dropped = dropped
    let logger = Logger(label: label)
    for note in dropped.notes { logger.warning("\(note)") }
    let hasNoBox = !foundAny && dropped.boxesWithoutArea > 0
    if hasNoBox {
      let expected = "corners as the description says, their order and whether they are pixels"
      logger.warning("no box has area inside its image: expected \(expected)")
    }
    return !hasNoBox && !dropped.hasNonFinite
  }
}
