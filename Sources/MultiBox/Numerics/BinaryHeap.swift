/// Numbers of which the smallest is taken first.
///
/// Cheaper than sorting where only some are taken: O(n) to build, O(log n) for each taken.
struct BinaryHeap {
  /// No element is smaller than its parent, which stands at (index − 1) / 2.
  private var elements: [UInt64]

  init(_ elements: [UInt64]) {
    self.elements = elements
    for index in stride(from: elements.count / 2 - 1, through: 0, by: -1) { sink(from: index) }
  }

  /// Removes the smallest element and returns it; nil where there is none.
  mutating func popSmallest() -> UInt64? {
    guard let smallest = elements.first, let last = elements.popLast() else { return nil }
    if !elements.isEmpty {
      elements[0] = last
      sink(from: 0)
    }
    return smallest
  }

  private mutating func sink(from start: Int) {
    elements.withUnsafeMutableBufferPointer { elements in
      let element = elements[start]
      var index = start
      while 2 * index + 1 < elements.count {
        var child = 2 * index + 1
        if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
        if element <= elements[child] { break }
        elements[index] = elements[child]
        index = child
      }
      elements[index] = element
    }
  }
}
