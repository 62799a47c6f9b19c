#if canImport(Vision)
  import CoreML
  import Foundation
  import MultiBox
  import Vision

  /// Finds objects with a package that `multibox export --format coreml` wrote, raw or not.
  ///
  /// Vision scales pictures to the network's size, both sides on their own, as the training did. Not
  /// verified: this project is built on Linux, where these frameworks are not.
  public struct PackageDetector {
    private let model: VNCoreMLModel
    /// Nil where Core ML's own suppression is in the package.
    private let decoder: RawDecoder?

    /// Opens a package.
    ///
    /// - Parameter url: of the compiled package (`.mlmodelc`), which Xcode puts into an app's
    ///   bundle, and `MLModel.compileModel(at:)` makes of an `.mlpackage`.
    /// - Throws: Core ML's error, or `DecodingError` for a description that cannot be read.
    public init(contentsOf url: URL) throws {
      let model = try MLModel(contentsOf: url)
      let metadata = model.modelDescription.metadata[.creatorDefinedKey] as? [String: String]
      decoder = try metadata?[RawDecoder.metadataKey].map { try RawDecoder(description: $0) }
      self.model = try VNCoreMLModel(for: model)
    }

    /// Returns the objects of a picture.
    ///
    /// - Parameter image: as it is to be seen: turned upright.
    /// - Throws: Vision's error, or ``DetectorKitError``.
    public func objects(in image: CGImage) throws -> [FoundObject] {
      try objects(
        VNImageRequestHandler(cgImage: image),
        size: CGSize(width: image.width, height: image.height))
    }

    /// Returns the objects of a frame of a camera.
    ///
    /// - Parameter buffer: as it is to be seen: turned upright.
    /// - Throws: Vision's error, or ``DetectorKitError``.
    public func objects(in buffer: CVPixelBuffer) throws -> [FoundObject] {
      try objects(
        VNImageRequestHandler(cvPixelBuffer: buffer),
        size: CGSize(
          width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer)))
    }

    private func objects(
      _ handler: VNImageRequestHandler, size: CGSize
    ) throws -> [FoundObject] {
      let request = VNCoreMLRequest(model: model)
      request.imageCropAndScaleOption = .scaleFill
      try handler.perform([request])
      guard let decoder else { return suppressed(request.results ?? [], size: size) }
      var values: [String: [Float]] = [:]
      for case let output as VNCoreMLFeatureValueObservation in request.results ?? [] {
        guard let array = output.featureValue.multiArrayValue else { continue }
        values[output.featureName] = MLShapedArray<Float>(array).scalars
      }
      guard let scores = values["scores"], let boxes = values["boxes"] else {
        throw DetectorKitError(
          description: "expected the outputs scores and boxes, found \(values.keys.sorted())")
      }
      return try decoder.objects(scores: scores, boxes: boxes, size: size)
    }

    /// What Core ML's own suppression has kept.
    private func suppressed(_ results: [VNObservation], size: CGSize) -> [FoundObject] {
      results.compactMap { result in
        guard let object = result as? VNRecognizedObjectObservation, let best = object.labels.first
        else { return nil }
        var box = VNImageRectForNormalizedRect(
          object.boundingBox, Int(size.width), Int(size.height))
        // Vision counts from the bottom.
        box.origin.y = size.height - box.maxY
        return FoundObject(name: best.identifier, score: Double(best.confidence), box: box)
      }
    }
  }
#endif
