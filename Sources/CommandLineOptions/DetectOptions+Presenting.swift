import DetectionData
import Foundation
import MultiBox
import SSDReport

extension DetectOptions {
  /// Shows and draws what is found in images, as the options say; the same whichever engine
  /// computes.
  ///
  /// - Parameters:
  ///   - paths: of the images, expanded before anything is loaded that takes time.
  ///   - threshold: lowest score that is shown; one that equals it is.
  ///   - forEach: hands each image, in order, and what was found in it, in its pixels, to what it
  ///     is given.
  ///   - show: gets the lines of each image.
  public func present(
    _ paths: [String], classNames: [String], threshold: Double,
    forEach: (_ body: (Int, RGBImage, [Detection]) throws -> Void) throws -> Void,
    show: @escaping (String) -> Void
  ) throws {
    var presenter = try DetectionPresenter(
      classNames: classNames, output: output, json: json, inputs: paths)
    // One picture needs no bar, and on a terminal lines of results are progress enough.
    let showsProgress = paths.count > 1 && (output != nil || !StandardOutput.isTerminal)
    let progress = showsProgress ? TerminalProgress() : nil
    try forEach { position, image, found in
      let shown = found.filter { $0.reaches(threshold) }
      show(try presenter.present(shown, in: image, path: paths[position]))
      progress?.show(step: position + 1, of: paths.count, "images")
    }
    progress?.finish()
  }

  /// Shows and draws what `detect` finds in one image after the other.
  public func present(
    _ paths: [String], classNames: [String], threshold: Double,
    detect: (RGBImage) throws -> [Detection], show: @escaping (String) -> Void
  ) throws {
    try present(
      paths, classNames: classNames, threshold: threshold,
      forEach: { body in
        for (position, path) in paths.enumerated() {
          let image = try ImageFile.read(path)
          try body(position, image, try detect(image))
        }
      }, show: show)
  }
}
