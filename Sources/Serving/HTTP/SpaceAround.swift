extension StringProtocol {
  /// The text without the space around it that HTTP allows, blanks and tabs (RFC 9110, 5.6.3).
  var withoutSpaceAround: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = firstIndex(where: { !isSpace($0) }),
      let last = lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(self[first...last])
  }
}
