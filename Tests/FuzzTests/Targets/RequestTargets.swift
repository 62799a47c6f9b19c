import Foundation

@testable import Serving

extension FuzzTarget {
  /// What clients send to a server.
  static let requests = [
    // The first line is the type with its boundary, the rest the body.
    FuzzTarget(name: "multipart", structure: .bytes) { data in
      let end = data.firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
      guard let type = MediaType(String(decoding: data[..<end], as: UTF8.self)) else {
        return false
      }
      let body = data[end...].dropFirst()
      return try refusing {
        let form = try MultipartForm(body, type: type)
        try require(form.parts.count <= MultipartForm.partLimit, "\(form.parts.count) parts")
        let count = form.parts.reduce(0) { $0 + $1.content.count }
        try require(count <= body.count, "\(count) bytes of \(body.count)")
        try require(form.parts.allSatisfy { !$0.name.isEmpty }, "a part without a name")
        _ = try DetectRequest(
          body, type: String(decoding: data[..<end], as: UTF8.self),
          parameters: DetectionParameters())
      }
    },
    FuzzTarget(name: "detect-request", structure: .json) { data in
      try refusing {
        let request = try DetectRequest(
          data, type: "application/json", parameters: DetectionParameters())
        try require(!request.image.isEmpty, "no image")
        try require(request.parameters.threshold.map { (0...1).contains($0) } ?? true, "threshold")
        try require(request.parameters.maximum.map { $0 > 0 } ?? true, "max")
      }
    },
    FuzzTarget(name: "inference", structure: .json) { data in
      // All as JSON, and what stands behind the last line as binary data.
      var limits = ServerLimits()
      limits.pixels = 64
      limits.waiting = 4
      let line = data.lastIndex(of: UInt8(ascii: "\n")).map { "\($0 + 1 - data.startIndex)" }
      return try [nil, line].contains { length in
        try refusing {
          let request = try InferenceRequest(data, jsonLength: length, limits: limits)
          try require((1...4).contains(request.images.count), "\(request.images.count) images")
          for case .pixels(let image) in request.images {
            try require(image.width * image.height <= 64, "\(image.width) × \(image.height)")
          }
        }
      }
    },
  ]

  /// Calls a reader of requests: content, or a refusal in one line.
  private static func refusing(_ body: () throws -> Void) throws -> Bool {
    do {
      try body()
      return true
    } catch let refusal as Refusal {
      try require(!refusal.message.contains(where: \.isNewline), "lines: \(refusal.message)")
      return false
    }
  }
}
