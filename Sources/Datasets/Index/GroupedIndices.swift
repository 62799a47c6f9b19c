/// The numbers of elements, from 0, in groups that have numbers too; each group in rising order.
///
/// All stand in one list: of a million groups each would need a list of its own, four times the
/// memory.
struct GroupedIndices: RandomAccessCollection, Sendable {
  private let indices: [Int32]
  /// Where each group begins, and behind the last one the end.
  private let starts: [Int32]

  var startIndex: Int { 0 }
  var endIndex: Int { starts.count - 1 }

  /// - Parameters:
  ///   - groups: for each element the number of its group; nil for one that is in none.
  ///   - count: of the groups.
  /// - Precondition: there are less than 2³¹ elements.
  init(_ groups: some Collection<Int?>, count: Int) {
    var starts = [Int32](repeating: 0, count: count + 1)
    for case let group? in groups { starts[group + 1] += 1 }
    for group in 0..<count { starts[group + 1] += starts[group] }
    var next = starts
    var indices = [Int32](repeating: 0, count: Int(starts[count]))
    for (index, group) in groups.enumerated() {
      guard let group else { continue }
      indices[Int(next[group])] = Int32(index)
      next[group] += 1
    }
    self.indices = indices
    self.starts = starts
  }

  subscript(group: Int) -> [Int] {
    indices[Int(starts[group])..<Int(starts[group + 1])].map(Int.init)
  }
}
