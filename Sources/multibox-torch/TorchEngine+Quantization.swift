import ArgumentParser
import Commands
import Detectors
import Files
import ImageFiles
import Logging
import NetworkGraphs
import Runs
import SSDReport
import SSDTraining

#if OPENVINO
  import OpenVINODetector
#endif

extension TorchEngine {
  /// Reads the images of `--precision int8`.
  ///
  /// - Parameters:
  ///   - options: of the command.
  ///   - configuration: of the run.
  /// - Returns: what makes a run's graph compute with bytes; nil where that was not asked for.
  /// - Throws: what `QuantizationOptions` does; a usage error where this build cannot measure.
  static func quantization(
    _ options: ExportOptions, of configuration: TrainingConfiguration
  ) throws -> RunFolder.GraphPass? {
    guard options.check.precision == .int8 else { return nil }
    #if OPENVINO
      let label = "multibox.export"
      let images = try options.quantization.images(
        options.check.files, classNames: configuration.data.classNames, label: label)
      return RunFolder.GraphPass(name: "int8") { graph, description in
        let progress = TerminalProgress()
        let result = try GraphQuantizer(description.input, threadCount: options.check.threadCount)
          .quantized(
            graph, imageCount: images.count,
            load: { try part(of: images[$0].pixels(), $0, tileSide: description.tileSide) },
            observe: { progress.show(step: $0, of: $1, ["images"]) })
        progress.finish()
        let all = result.byteCount + result.floatConvolutions.count
        let error = NumberStyle.measure.text(result.error)
        let words =
          "int8: \(result.byteCount) of \(all) convolutions, ranges of"
          + " \(images.count.counted("image|images"));"
          + " outputs differ by \(error) of their variation"
        Logger(label: label).notice("\(words)")
        if !result.floatConvolutions.isEmpty {
          Logger(label: label).notice(
            "float32, most sensitive first: \(result.floatConvolutions.joined(separator: ", "))")
        }
        return result.graph
      }
    #else
      throw ValidationError("--precision int8: this multibox was built without OpenVINO")
    #endif
  }
  #if OPENVINO
    /// What a detector looks at of an image: one of its tiles, not the whole made small, where it
    /// was trained on tiles.
    ///
    /// - Parameter index: of the image; which of the tiles it is goes with it.
    private static func part(of image: RGBImage, _ index: Int, tileSide: Int?) -> RGBImage {
      guard let tileSide else { return image }
      let tiles = Tiling(side: tileSide).tiles(width: image.width, height: image.height)
      return image.cropped(to: tiles[index % tiles.count]) ?? image
    }
  #endif
}
