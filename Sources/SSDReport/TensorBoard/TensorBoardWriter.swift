import Files
import Foundation
import ImageFiles
import SwiftProtobuf

/// Writes the figures and pictures of a training as a TensorBoard event file.
///
/// A file is a sequence of records: length (64 bit, little endian), its masked CRC-32C, an `Event`
/// message, its masked CRC-32C. A training that resumes writes another file into the same folder;
/// its first event tells TensorBoard to forget what an earlier file holds from that step on.
public final class TensorBoardWriter {
  /// The event file's path.
  public var path: String { file.path }
  private let file: GrowingFile
  private let now: () -> Date

  /// Makes folder and file.
  ///
  /// - Parameters:
  ///   - folder: what `tensorboard --logdir` is given.
  ///   - step: iterations done before.
  ///   - now: the clock.
  /// - Throws: `FileError` naming the file.
  public init(
    folder: String, startingAt step: Int = 0, now: @escaping () -> Date = Date.init
  ) throws {
    self.now = now
    let name = "events.out.tfevents.\(Int(now().timeIntervalSince1970)).multibox"
    // Two files of the same second need different names.
    let path = "\(folder)/\(name).\(ProcessInfo.processInfo.processIdentifier)"
    try OutputPath.make(folder: folder)
    file = try GrowingFile(making: path)
    try write { $0.fileVersion = "brain.Event:2" }
    if step > 0 {
      try write(step: step + 1) { $0.sessionLog = .with { $0.status = .start } }
    }
  }

  /// Writes figures of one step.
  ///
  /// - Parameters:
  ///   - values: by tag such as `loss/total`.
  ///   - step: iterations done.
  /// - Throws: an error where the file cannot be written.
  public func write(_ values: [(tag: String, value: Double)], step: Int) throws {
    try write(step: step) {
      $0.summary.value = values.map { tag, value in
        .with {
          $0.tag = tag
          $0.simpleValue = Float(value)
        }
      }
    }
  }

  /// Writes a picture, as JPEG.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - tag: such as `test/detections`.
  ///   - step: iterations done.
  /// - Throws: an error where the file cannot be written.
  public func write(_ image: RGBImage, tag: String, step: Int) throws {
    let data = try JPEGFile.encoded(image, path: path)
    try write(step: step) {
      $0.summary.value = [
        .with {
          $0.tag = tag
          $0.image = .with {
            $0.width = Int32(image.width)
            $0.height = Int32(image.height)
            $0.colorspace = 3
            $0.encodedImageString = data
          }
        }
      ]
    }
  }

  private func write(step: Int = 0, _ fill: (inout TensorBoardEvent) -> Void) throws {
    var event = TensorBoardEvent()
    event.wallTime = now().timeIntervalSince1970
    event.step = Int64(step)
    fill(&event)
    try file.append(RecordFile.framed(event.serializedData()))
  }
}
