import Testing

@testable import Commands

struct SubcommandNameTests {
  @Test(arguments: [
    (["trian"], "Error: Unexpected argument 'trian'. Did you mean 'train'?\n"),
    (
      ["trian", "--data", "x"], "Error: Unexpected argument 'trian'. Did you mean 'train'?\n"
    ),
    (["help", "detct"], "Error: Unexpected argument 'detct'. Did you mean 'detect'?\n"),
    (["default-box"], "Error: Unexpected argument 'default-box'. Did you mean 'default-boxes'?\n"),
    (["nonsense", "--data", "x"], "Error: Unexpected argument 'nonsense'\n"),
  ])
  func aMisspeltSubcommandIsNamedAndTheNearestSuggested(
    arguments: [String], message: String
  ) throws {
    let output = try CommandRunner.run(arguments)
    #expect(output.status == 64 && output.out.isEmpty)
    #expect(output.err.hasPrefix(message), "\(output.err)")
  }

  @Test(arguments: [["--help"], ["help"], ["help", "train"], ["--version"], ["train", "--help"]])
  func helpAndVersionAreNoSubcommands(arguments: [String]) throws {
    let output = try CommandRunner.run(arguments)
    #expect(output.status == 0 && output.err.isEmpty && !output.out.isEmpty)
  }

  // kitten → sitting is the textbook's: k/s, e/i, and a g more.
  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("train", "train", 0), ("trian", "train", 2),
    ("detct", "detect", 1), ("kitten", "sitting", 3), ("ab", "ba", 2), ("flaw", "lawn", 2),
  ]) func theDistanceCountsChangesOfOneLetter(a: String, b: String, distance: Int) {
    #expect(a.editDistance(to: b) == distance)
    #expect(b.editDistance(to: a) == distance)
  }

  @Test func threeChangesAreAnotherWord() {
    #expect(SubcommandName.nearest(to: "trainxx", of: ["train"]) == "train")
    #expect(SubcommandName.nearest(to: "trainxxx", of: ["train"]) == nil)
    #expect(SubcommandName.nearest(to: "expot", of: ["import", "export"]) == "export")
  }
}
