import Foundation

/// The paths of a server.
enum ServerRoute: String, Sendable, CaseIterable {
  /// A page to try it with.
  case page = "/"
  /// The description of all of these.
  case openAPI = "/openapi.json"
  /// Figures for Prometheus.
  case metrics = "/metrics"
  /// Detection, in the simplest way.
  case detect = "/v1/detect"
  /// The Open Inference Protocol: what serves.
  case server = "/v2"
  /// The process answers.
  case live = "/v2/health/live"
  /// Images are taken.
  case ready = "/v2/health/ready"
  /// What a model takes and gives.
  case model = "/v2/models/{name}"
  /// A model takes images.
  case modelReady = "/v2/models/{name}/ready"
  /// Detection by the protocol.
  case infer = "/v2/models/{name}/infer"

  /// The only method.
  var method: String { takesImages ? "POST" : "GET" }

  /// Whether a body with images comes.
  var takesImages: Bool { self == .detect || self == .infer }

  /// Whether it is answered without a token: what a browser or an orchestrator asks for first, and
  /// what tells nothing of the models.
  var isOpen: Bool { [.page, .openAPI, .live, .ready].contains(self) }

  /// Finds the route of a path.
  ///
  /// - Parameter path: percent-encoded, without the query.
  /// - Returns: nil for a path of no route, which one with a name that is no UTF-8 is too; `name`
  ///   where the route has one.
  static func find(_ path: String) -> (route: ServerRoute, name: String?)? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    for route in allCases {
      let pattern = route.rawValue.split(separator: "/", omittingEmptySubsequences: false)
      guard pattern.count == parts.count else { continue }
      var name: String?
      let fits = zip(pattern, parts).allSatisfy { pattern, part in
        guard pattern == "{name}" else { return pattern == part }
        name = part.removingPercentEncoding
        return name != nil
      }
      if fits { return (route, name) }
    }
    return nil
  }
}
