import Foundation

extension TarFile {
  /// Two blocks of zeros, which end an archive.
  public static let end = Data(count: 2 * blockSize)

  /// Returns a file as a member of an archive: its head, its bytes, and zeros to the next block.
  ///
  /// The same name and bytes give the same member: it is nobody's, of no time, to be read by all.
  ///
  /// - Parameters:
  ///   - name: its path in the archive; one of more than 100 bytes has a pax header.
  ///   - content: its bytes.
  public static func member(_ name: String, _ content: Data) -> Data {
    var records = Data()
    if name.utf8.count > 100 { records += record("path", name) }
    if content.count > mostOctal { records += record("size", "\(content.count)") }
    var member = Data()
    if !records.isEmpty {
      member += head("pax", records.count, type: UInt8(ascii: "x")) + filled(records)
    }
    return member + head(name, content.count, type: UInt8(ascii: "0")) + filled(content)
  }

  /// The most that eleven octal digits hold.
  private static let mostOctal = 1 << 33 - 1

  private static func filled(_ data: Data) -> Data {
    data + Data(count: (blockSize - data.count % blockSize) % blockSize)
  }

  /// A pax record. Its length counts the digits of the length.
  private static func record(_ key: String, _ value: String) -> Data {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while "\(length)".utf8.count + rest.utf8.count != length {
      length = "\(length)".utf8.count + rest.utf8.count
    }
    return Data("\(length)\(rest)".utf8)
  }

  private static func head(_ name: String, _ size: Int, type: UInt8) -> Data {
    var head = [UInt8](repeating: 0, count: blockSize)
    func set(_ offset: Int, _ text: some Collection<UInt8>) {
      head.replaceSubrange(offset..<offset + text.count, with: text)
    }
    func octal(_ value: Int, digits: Int) -> [UInt8] {
      let text = String(value, radix: 8)
      return Array((String(repeating: "0", count: max(digits - text.count, 0)) + text).utf8)
    }
    set(0, Array(name.utf8.prefix(100)))
    set(100, octal(0o644, digits: 7))
    set(108, octal(0, digits: 7))
    set(116, octal(0, digits: 7))
    set(124, octal(size > mostOctal ? 0 : size, digits: 11))
    set(136, octal(0, digits: 11))
    set(148, Array("        ".utf8))
    set(156, [type])
    set(257, Array("ustar\u{0}00".utf8))
    set(148, octal(head.reduce(0) { $0 + Int($1) }, digits: 6) + [0, 32])
    return Data(head)
  }
}
