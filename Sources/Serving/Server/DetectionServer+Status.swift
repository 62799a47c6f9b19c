import Detectors
import Foundation

extension DetectionServer {
  private struct Live: Encodable { let live: Bool }
  private struct Ready: Encodable { let ready: Bool }
  private struct ServerMetadata: Encodable {
    let name = "multibox"
    let version: String
    let extensions = [InferenceBody.extensionName]
    let models: [String]
  }

  func answer(_ route: ServerRoute, _ model: String) throws(Refusal) -> HTTPAnswer {
    switch route {
    case .page: return ServerPage.answer
    case .openAPI: return ServerPage.openAPI(version: version)
    case .metrics:
      let text = metrics.text(queues: queues.map(\.state))
      return HTTPAnswer(status: 200, type: MetricsText.type, body: Data(text.utf8))
    case .server:
      return .json(ServerMetadata(version: version, models: queues.map(\.name)))
    case .live: return .json(Live(live: true))
    case .ready, .modelReady:
      let isReady = takesImages
      return .json(Ready(ready: isReady), status: isReady ? 200 : Refusal.Kind.stopping.status)
    case .model:
      let queue = try queue(named: model)
      let detector = queue.detector
      return .json(
        ModelMetadata(
          name: model, classNames: detector.classNames, shownScores: detector.shownScores,
          lowestScore: detector.scoreThreshold, raw: queue.rawShape))
    case .detect, .infer: throw Refusal(.method, "expected POST")
    }
  }
}
