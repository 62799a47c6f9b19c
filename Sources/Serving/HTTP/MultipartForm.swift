import Foundation

/// The parts of a body of the type `multipart/form-data` (RFC 7578), as browsers and curl send it.
public struct MultipartForm: Sendable {
  /// One part.
  public struct Part: Sendable {
    /// The name of the form's field.
    public let name: String
    /// The name of the file; nil for a field that is none.
    public let fileName: String?
    /// The bytes.
    public let content: Data
  }

  /// The most parts of a form.
  public static let partLimit = 64
  /// The most bytes of a part's headers.
  public static let headerLimit = 8192

  /// The parts in their order.
  public let parts: [Part]

  /// Reads a body. What stands before the first boundary and behind the last is left out, as the
  /// standard has it.
  ///
  /// - Parameters:
  ///   - body: the whole body.
  ///   - type: of it, with its boundary.
  /// - Throws: ``Refusal``, which is `malformed`, where the body is no such form, is cut, or has
  ///   more than ``partLimit`` parts.
  public init(_ body: Data, type: MediaType) throws(Refusal) {
    let boundary = type.parameters["boundary"] ?? ""
    guard (1...70).contains(boundary.utf8.count) else {
      throw Self.malformed("expected a boundary of 1…70 signs in Content-Type")
    }
    let delimiter = Array("--\(boundary)".utf8)
    var parts: [Part] = []
    // At the beginning the end of a line may be missing before the boundary.
    var rest: Range<Int>
    if body.starts(with: delimiter) {
      rest = delimiter.count..<body.count
    } else if let found = body.place(of: Self.lineEnd + delimiter, in: 0..<body.count) {
      rest = found.upperBound..<body.count
    } else {
      throw Self.malformed("expected the boundary \(boundary), found none")
    }
    while !body.hasBytes(Self.dashes, at: rest.lowerBound) {
      guard parts.count < Self.partLimit else {
        throw Self.malformed("expected \(Self.partLimit) parts at most, found more")
      }
      // Space may stand between the boundary and the end of its line.
      var start = rest.lowerBound
      while start < rest.upperBound, [0x20, 0x09].contains(body.byte(start)) { start += 1 }
      guard body.hasBytes(Self.lineEnd, at: start) else {
        throw Self.malformed("part \(parts.count + 1): expected a line's end behind the boundary")
      }
      // With the line's end before them, so that none at all are found as well.
      let limit = min(start + Self.headerLimit, body.count)
      guard let headerEnd = body.place(of: Self.lineEnd + Self.lineEnd, in: start..<limit) else {
        throw Self.malformed(
          "part \(parts.count + 1): expected headers of \(Self.headerLimit) bytes at most and an"
            + " empty line")
      }
      guard
        let next = body.place(
          of: Self.lineEnd + delimiter, in: headerEnd.upperBound - 2..<body.count)
      else {
        throw Self.malformed("part \(parts.count + 1): expected a boundary behind it, found none")
      }
      let contentStart = headerEnd.upperBound
      parts.append(
        try Self.part(
          number: parts.count + 1, headers: body.bytes(start..<headerEnd.lowerBound),
          content: body.bytes(contentStart..<max(next.lowerBound, contentStart))))
      rest = next.upperBound..<body.count
    }
    self.parts = parts
  }

  private static let lineEnd: [UInt8] = [0x0D, 0x0A]
  private static let dashes: [UInt8] = Array("--".utf8)

  private static func malformed(_ reason: String) -> Refusal {
    Refusal(.malformed, "multipart/form-data: \(reason)")
  }

  private static func part(
    number: Int, headers: Data, content: Data
  ) throws(Refusal) -> Part {
    // As UTF-8, which is what browsers write names of files in.
    let lines = try String(decoding: headers, as: UTF8.self)
      .streamSafe("multipart/form-data: part \(number)").split(separator: "\r\n")
    let disposition = lines.lazy.compactMap { line -> Substring? in
      let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2,
        halves[0].withoutSpaceAround.lowercased() == "content-disposition"
      else {
        return nil
      }
      return halves[1]
    }.first
    guard let disposition else {
      throw malformed("part \(number): expected Content-Disposition, found none")
    }
    let words = String(disposition).split(outsideOfQuotes: ";")
    guard words[0].withoutSpaceAround.lowercased() == "form-data" else {
      throw malformed("part \(number): expected form-data, found \(words[0].withoutSpaceAround)")
    }
    let parameters = HeaderParameters.read(words.dropFirst())
    guard let name = parameters["name"], !name.isEmpty else {
      throw malformed("part \(number): expected a name in Content-Disposition, found none")
    }
    return Part(name: name, fileName: parameters["filename"], content: content)
  }
}

extension Data {
  /// A byte by its distance from the first.
  fileprivate func byte(_ offset: Int) -> UInt8 { self[startIndex + offset] }

  /// Bytes by their distances from the first, not copied.
  fileprivate func bytes(_ range: Range<Int>) -> Data {
    self[startIndex + range.lowerBound..<startIndex + range.upperBound]
  }

  fileprivate func hasBytes(_ bytes: [UInt8], at offset: Int) -> Bool {
    offset + bytes.count <= count && self.bytes(offset..<offset + bytes.count).elementsEqual(bytes)
  }

  /// The first place of some bytes in a range, by distances from the first.
  fileprivate func place(of bytes: [UInt8], in range: Range<Int>) -> Range<Int>? {
    guard range.count >= bytes.count else { return nil }
    return withUnsafeBytes { buffer -> Range<Int>? in
      guard let base = buffer.baseAddress else { return nil }
      var start = range.lowerBound
      // A boundary is short, so comparing at each of its first bytes takes a time that grows with
      // the length alone.
      while start <= range.upperBound - bytes.count,
        let found = memchr(base + start, Int32(bytes[0]), range.upperBound - start)
      {
        start = base.distance(to: UnsafeRawPointer(found))
        guard start <= range.upperBound - bytes.count else { break }
        if memcmp(found, bytes, bytes.count) == 0 { return start..<start + bytes.count }
        start += 1
      }
      return nil
    }
  }
}
