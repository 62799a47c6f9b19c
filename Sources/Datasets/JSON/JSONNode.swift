/// A value of a JSON text, and the byte that it begins with.
struct JSONNode {
  enum Content {
    case object([String: JSONNode])
    case list([JSONNode])
    case string(String)
    case number(JSONNumber)
    case bool(Bool)
    case null
  }

  let content: Content
  let offset: Int

  /// Returns the value that keys and indices lead to, or the last one on the way that is there.
  func nearest<Step>(_ path: some Sequence<Step>, _ next: (JSONNode, Step) -> JSONNode?) -> JSONNode
  {
    var node = self
    for step in path {
      guard let inner = next(node, step) else { break }
      node = inner
    }
    return node
  }

  subscript(key: String) -> JSONNode? {
    if case .object(let members) = content { members[key] } else { nil }
  }

  subscript(index: Int) -> JSONNode? {
    if case .list(let elements) = content, elements.indices.contains(index) {
      elements[index]
    } else {
      nil
    }
  }
}

extension JSONScanner {
  /// Passes any value and returns it.
  ///
  /// - Throws: ``JSONProblem``, also for a key that stands twice in an object, and for a number
  ///   that no `Double` is near.
  mutating func node() throws(JSONProblem) -> JSONNode {
    let first = next()
    let offset = position
    let content: JSONNode.Content
    switch first {
    case UInt8(ascii: "{"): content = .object(try members())
    case UInt8(ascii: "["):
      var elements: [JSONNode] = []
      try eachElement { scanner throws(JSONProblem) in elements.append(try scanner.node()) }
      content = .list(elements)
    case UInt8(ascii: "\""): content = .string(text(try string()))
    case UInt8(ascii: "t"):
      try pass("true")
      content = .bool(true)
    case UInt8(ascii: "f"):
      try pass("false")
      content = .bool(false)
    case UInt8(ascii: "n"):
      try pass("null")
      content = .null
    default:
      let number = try number(expected: "a value")
      _ = try double(number)
      content = .number(number)
    }
    return JSONNode(content: content, offset: offset)
  }

  private mutating func members() throws(JSONProblem) -> [String: JSONNode] {
    var members: [String: JSONNode] = [:]
    try eachMember { scanner, key throws(JSONProblem) in
      let name = scanner.text(key)
      let value = try scanner.node()
      guard members.updateValue(value, forKey: name) == nil else {
        throw JSONProblem(offset: key.range.lowerBound - 1, "stands twice")
      }
    }
    return members
  }
}
