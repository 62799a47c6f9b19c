/// The segments before the first scan of a JPEG file.
struct JPEGSegments {
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// XMP of the application segment that Adobe's specification names.
  var xmp: UnsafeRawBufferPointer? {
    let mark = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      // A marker may be preceded by any number of fill bytes.
      guard marker != 0xFF else {
        position += 1
        continue
      }
      // The start of a scan, or of what this is not made for.
      guard marker >= 0xC0, marker != 0xDA else { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      guard length >= 2, position + 2 + length <= bytes.count else { return nil }
      let content = bytes[(position + 4)..<(position + 2 + length)]
      if marker == 0xE1, content.starts(with: mark) {
        return UnsafeRawBufferPointer(rebasing: content.dropFirst(mark.count))
      }
      position += 2 + length
    }
    return nil
  }
}
