import Detectors
import Logging

extension ObjectDetector {
  /// Says what the detector left out, once for all images.
  func tellDropped(label: String) {
    for note in dropped.notes { Logger(label: label).warning("\(note)") }
  }
}
