import Datasets
import MultiBox
import Testing

struct ClassKeysTests {
  // By hand: later classes get their number; a made key gives way to a name.
  @Test(
    arguments: [
      (["cat", "dog"], ["cat", "dog"]), (["cat", "dog", "cat"], ["cat", "dog", "cat (class 3)"]),
      (["a", "a", "a"], ["a", "a (class 2)", "a (class 3)"]),
      (["a", "a", "a (class 2)"], ["a", "a (class 2)′", "a (class 2)"]), ([], []),
    ] as [(ClassNames, ClassNames)])
  func everyClassHasAKeyOfItsOwn(names: ClassNames, keys: ClassNames) {
    let found = ClassKeys(names)
    #expect(found.keys == keys)
    #expect((found.note == nil) == (names == keys))
    #expect(found.dictionary(1...max(names.count, 1)).count == names.count)
  }
}
