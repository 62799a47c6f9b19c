/// The smallest of the numbers offered, rising; of equal ones the first.
struct SmallestNumbers {
  private(set) var elements: [(index: Int, number: Double)] = []
  private let count: Int

  /// - Parameter count: how many are kept, at least 1.
  init(count: Int) { self.count = count }

  var indices: [Int] { elements.map(\.index) }

  mutating func offer(_ number: Double, index: Int) {
    if elements.count == count, let last = elements.last, !(number < last.number) { return }
    if elements.count == count { elements.removeLast() }
    let position = elements.firstIndex { number < $0.number } ?? elements.count
    elements.insert((index, number), at: position)
  }
}
