import Testing

@testable import Datasets

struct GroupedIndicesTests {
  @Test func groupsHaveTheirElementsInRisingOrder() {
    let groups = GroupedIndices([2, 0, nil, 2, 0, 4, 2], count: 6)
    #expect(Array(groups) == [[1, 4], [], [0, 3, 6], [], [5], []])
    #expect(groups[2] == [0, 3, 6])
  }

  @Test func nothingIsInNoGroup() {
    #expect(Array(GroupedIndices([], count: 0)) == [])
    #expect(Array(GroupedIndices([nil, nil], count: 1)) == [[]])
  }
}
