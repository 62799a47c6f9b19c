import Foundation
import ImageFiles

extension DetectionServer {
  /// What a number in JSON counts, beside one in binary data: its text is three times as long, and
  /// while it is written takes fourteen times the memory (104 MB for the 7.5 MB of 64 images).
  private static let textFactor = 8

  /// Says whether an inference asks for what the network computed.
  ///
  /// - Throws: ``Refusal``, which is `invalid`, where that cannot be had or would be too much.
  private func wantsPredictions(
    _ request: InferenceRequest, of queue: DetectionQueue
  ) throws(Refusal) -> Bool {
    guard let raw = request.outputs.first(where: { $0.output.isRaw })?.output else { return false }
    guard let shape = queue.rawShape else {
      throw Refusal(
        .invalid,
        "outputs: \(raw.rawValue): expected a detector of logits and offsets that looks at whole"
          + " images, found another")
    }
    let isText = request.outputs.contains { $0.output.isRaw && !$0.isBinary }
    let most = max(limits.outputBytes / (shape.byteCount * (isText ? Self.textFactor : 1)), 1)
    guard request.images.count <= most else {
      throw Refusal(
        .invalid,
        "outputs: \(raw.rawValue): expected at most \(most) images\(isText ? " without binary_data" : ""),"
          + " found \(request.images.count)")
    }
    return true
  }

  func infer(_ head: HTTPHead, _ model: String, _ body: Data) async throws -> HTTPAnswer {
    let request = try InferenceRequest(
      body, jsonLength: head.value(of: InferenceBody.jsonLength), limits: limits)
    let queue = try queue(named: model)
    let wantsPredictions = try wantsPredictions(request, of: queue)
    let choice = try request.parameters.choice(of: queue.detector)
    let works = request.images.enumerated().map { index, image in
      var work = DetectionQueue.Work { [limits] in
        switch image {
        case .pixels(let image): image
        case .file(let data): try limits.decode(data, name: "image \(index)")
        }
      }
      work.wantsPredictions = wantsPredictions
      return work
    }
    let images = try await queue.results(of: works).map {
      InferenceAnswer.Image(
        detections: choice.chosen($0.detections), predictions: $0.predictions)
    }
    return try InferenceAnswer(
      model: model, to: request, images: images, classNames: queue.detector.classNames
    ).answer()
  }
}
