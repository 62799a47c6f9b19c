import ArgumentParser
import MultiBox
import Testing

@testable import Commands

struct ClassWeightChoiceTests {
  @Test func aCommaOfANameStandsBehindABackslash() throws {
    let names: ClassNames = ["light, red", "a=b", "cat"]
    let choice = try ClassWeightChoice(#"light\, red=2,a=b=0.5"#)
    #expect(try choice.resolved(names, objectCounts: nil) == ClassWeights([2, 0.5, 1]))
    let expected =
      "--class-weights: expected balanced, or class=weight with a finite weight of 0 or more, found "
    for (text, found) in [
      ("light, red=2", "light; a comma of a name stands behind a backslash"),
      ("light=x, red=2", "light=x"), (#"light\, red"#, #"light, red"#), ("light", "light"),
    ] {
      let error = #expect(throws: ValidationError.self) { try ClassWeightChoice(text) }
      #expect(error?.message == expected + found)
    }
  }
}
