extension JSONScanner {
  /// Passes a list and calls `body` before each element, which it must pass.
  ///
  /// - Throws: what `body` throws, with the element's index.
  @inline(__always)
  package mutating func eachElement(
    _ body: (inout JSONScanner) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    var index = 0
    var isOpen = try openList()
    while isOpen {
      do throws(JSONProblem) {
        try body(&self)
      } catch {
        throw error.inside(index)
      }
      index += 1
      isOpen = try continuesList()
    }
  }

  /// Passes an object and calls `body` before the value of each key, which it must pass.
  ///
  /// - Throws: what `body` throws, with the key.
  @inline(__always)
  package mutating func eachMember(
    _ body: (inout JSONScanner, JSONString) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    var isOpen = try openObject()
    while isOpen {
      let key = try self.key()
      do throws(JSONProblem) {
        try body(&self, key)
      } catch {
        throw error.inside(text(key))
      }
      isOpen = try continuesObject()
    }
  }

  /// Passes any value of a key.
  mutating func skip(inside key: JSONString) throws(JSONProblem) {
    do throws(JSONProblem) {
      try skip()
    } catch {
      throw error.inside(text(key))
    }
  }
}
