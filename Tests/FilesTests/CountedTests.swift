import Files
import Testing

struct CountedTests {
  @Test(arguments: [
    (0, "0 boxes clipped to their image"), (1, "1 box clipped to its image"),
    (2, "2 boxes clipped to their image"),
  ])
  func wordsAgreeWithTheNumber(count: Int, text: String) {
    #expect(count.counted("box|boxes clipped to its|their image") == text)
  }

  @Test func aCommaBelongsToBothForms() {
    #expect(1.counted("crowd|crowds, left out") == "1 crowd, left out")
    #expect(2.counted("crowd|crowds, left out") == "2 crowds, left out")
    #expect("is|are  here:".agreeing(with: 1) == "is  here:")
  }
}
