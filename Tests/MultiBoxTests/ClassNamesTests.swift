import Foundation
import MultiBox
import Testing

struct ClassNamesTests {
  private let names: ClassNames = ["cat", "dog", "cat"]

  @Test func indicesAreThoseOfTheClasses() {
    #expect(names[1] == "cat" && names[2] == "dog")
    #expect(names.indices == 1..<4 && names.count == 3)
    #expect(names.firstIndex(of: "dog") == 2)
    #expect(names.firstIndex(of: "cat") == 1)
    #expect(names.firstIndex(of: "bird") == nil)
    #expect(Array(names) == ["cat", "dog", "cat"])
    #expect(names == ClassNames(["cat", "dog", "cat"]) && names != ["cat", "dog"])
  }

  @Test(arguments: [.min, -1, 0, 4, .max]) func aClassWithoutANameHasItsNumber(classIndex: Int) {
    #expect(names[classIndex] == "\(classIndex)")
    #expect(ClassNames([])[classIndex] == "\(classIndex)")
  }

  @Test func theJSONIsAnArray() throws {
    let data = try JSONEncoder().encode(["classes": names])
    #expect(String(decoding: data, as: UTF8.self) == #"{"classes":["cat","dog","cat"]}"#)
    #expect(try JSONDecoder().decode([String: ClassNames].self, from: data) == ["classes": names])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ClassNames.self, from: Data(#"["cat", 2]"#.utf8))
    }
  }
}
