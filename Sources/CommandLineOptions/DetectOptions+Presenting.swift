import DetectionData
import Foundation
import MultiBox
import SSDReport

extension DetectOptions {
  /// Reads the images, finds objects in each, and shows and draws them as the options say; the same
  /// whichever engine computes.
  ///
  /// - Parameters:
  ///   - paths: of the images, expanded before anything is loaded that takes time.
  ///   - detect: finds objects, in pixels.
  ///   - show: gets the lines of each image.
  public func present(
    _ paths: [String], classNames: [String], detect: (RGBImage) throws -> [Detection],
    show: (String) -> Void
  ) throws {
    var presenter = try DetectionPresenter(classNames: classNames, output: output, json: json)
    // One picture needs no bar, and lines of results are progress enough.
    let progress = output != nil && paths.count > 1 ? TerminalProgress() : nil
    for (index, path) in paths.enumerated() {
      let image = try ImageFile.read(path)
      let found = try detect(image).filter { $0.score >= threshold }
      show(try presenter.present(found, in: image, path: path))
      progress?.show(step: index + 1, of: paths.count, "images")
    }
    progress?.finish()
  }
}
