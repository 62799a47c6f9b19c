import Detectors
import Logging
import SSDTraining
import Torch

extension Precision {
  /// Returns what convolutions compute in, and why: unless it was chosen, it depends on the device.
  ///
  /// - Parameters:
  ///   - isChosen: by an option, or by a run that goes on.
  ///   - name: of the device that computes.
  func note(isChosen: Bool, on name: String) -> String {
    let place = Device.place(name)
    let reason =
      switch (self, isChosen) {
      case (.bfloat16, true):
        isSlow(on: name) ? "as chosen, though \(place) is slow at it" : "as chosen"
      case (.bfloat16, false): "\(place) computes it natively; --precision float32 is exact"
      case (.float32, true), (.float16, _): "as chosen"
      case (.float32, false): "\(place) does not compute bfloat16 natively"
      }
    return "precision \(rawValue): \(reason)"
  }

  /// Says that a device computes bfloat16 without instructions for it. LibTorch does not take
  /// float32 instead: it rounds to bfloat16, and takes longer than in float32.
  ///
  /// - Parameter device: computes.
  func tellIfSlow(on device: Device) {
    guard isSlow(on: device.rawValue) else { return }
    Logger(label: "multibox.engine").notice("\(note(isChosen: true, on: device.rawValue))")
  }

  private func isSlow(on name: String) -> Bool {
    self == .bfloat16 && Device(rawValue: name).map { Precision.fastest(on: $0) } != .bfloat16
  }
}
