import ArgumentParser
import Detectors
import Logging

extension ObjectDetector {
  /// Says what the detector left out, once for all images.
  ///
  /// - Returns: false where the network gave numbers that are none, so that its result is no whole
  ///   one.
  func tellDropped(label: String) -> Bool {
    for note in dropped.notes { Logger(label: label).warning("\(note)") }
    return !dropped.hasNonFinite
  }
}
