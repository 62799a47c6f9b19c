import Foundation

/// The documents that a server has for people and for programs that make clients.
enum ServerPage {
  /// The page to try a server with. It loads nothing from elsewhere, and may not.
  static let answer = HTTPAnswer(
    status: 200, type: "text/html; charset=utf-8",
    headers: [
      HTTPHeader(
        "content-security-policy",
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self'"
          + " blob: data:; media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'"),
      HTTPHeader("referrer-policy", "no-referrer"),
    ], body: Data(PackageResources.serve_html))

  /// The description of all paths in OpenAPI 3.1.
  ///
  /// - Parameter version: of the program.
  static func openAPI(version: String) -> HTTPAnswer {
    let text = String(decoding: PackageResources.openapi_json, as: UTF8.self)
      .replacing("@VERSION@", with: version)
    return HTTPAnswer(status: 200, type: MediaType.json.name, body: Data(text.utf8))
  }
}
