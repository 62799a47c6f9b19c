import Datasets
import Foundation

/// The body of `POST /v1/detect`: an image in one of three wrappings, and what is asked of it.
struct DetectRequest: Sendable {
  /// The bytes of an image file.
  var image: Data
  /// What the answer calls the image.
  var name = "image"
  /// What is asked of its detections.
  var parameters: DetectionParameters

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: an image file, a form with one in the field `image`, or a JSON object with one in
  ///     base64.
  ///   - type: the value of `Content-Type`; nil takes the body for an image.
  ///   - parameters: of the query; the body adds others.
  /// - Throws: ``Refusal``.
  init(_ body: Data, type: String?, parameters: DetectionParameters) throws(Refusal) {
    self.parameters = parameters
    image = body
    switch try Self.known(type) {
    case .file: break
    case .form(let type): try readForm(MultipartForm(body, type: type))
    case .json: try readJSON(body)
    }
    if image.isEmpty { throw Refusal(.invalid, "expected an image, found an empty one") }
  }

  private enum Wrapping {
    case file
    case form(MediaType)
    case json
  }

  private static func known(_ text: String?) throws(Refusal) -> Wrapping {
    guard let text else { return .file }
    let type = MediaType(text)
    switch type?.name {
    case "multipart/form-data": if let type { return .form(type) }
    case MediaType.json.name: return .json
    case MediaType.bytes.name: return .file
    case let name? where name.hasPrefix("image/"): return .file
    default: break
    }
    throw Refusal(
      .mediaType,
      "Content-Type: expected image/*, multipart/form-data or application/json, found \(text)")
  }

  private mutating func readForm(_ form: MultipartForm) throws(Refusal) {
    var hasImage = false
    for part in form.parts {
      if part.name == "image" {
        if hasImage { throw Refusal(.invalid, "image: given twice; one is looked at in a request") }
        hasImage = true
        image = part.content
        if let fileName = part.fileName, !fileName.isEmpty { name = fileName }
      } else {
        try parameters.set(
          part.name, to: String(decoding: part.content, as: UTF8.self).streamSafe("value"))
      }
    }
    if !hasImage {
      throw Refusal(.malformed, "multipart/form-data: expected a part image, found none")
    }
  }

  private mutating func readJSON(_ body: Data) throws(Refusal) {
    var image: String?
    var given = DetectionFields()
    try JSONBody.read(body) { scanner throws(JSONProblem) in
      try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
        if key == "image" {
          image = try scanner.characters()
        } else {
          try given.read(key, from: &scanner, names: ["image"] + DetectionParameters.names)
        }
      }
    }
    guard let image else { throw Refusal(.malformed, "JSON: image: expected base64, found none") }
    guard let data = Data(base64Encoded: image) else {
      throw Refusal(.invalid, "JSON: image: expected base64")
    }
    self.image = data
    try parameters.add(given)
  }
}
