import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Our scanner beside Foundation's readers of JSON, on documents drawn from a seed.
struct JSONDifferenceTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func validDocumentsAreReadAsFoundationDoes(seed: UInt64) throws {
    var numbers = SeededNumbers(seed)
    var sizes = 0
    for _ in 0..<500 {
      let text = numbers.jsonDocument()
      let data = Data(text.utf8)
      sizes += data.count
      let found = try JSONTree(scanning: data)
      let expected = try JSONDecoder().decode(JSONTree.self, from: data)
      #expect(found == expected, "\(text)")
    }
    #expect(sizes > 50_000)
  }

  @Test(arguments: [5, 6, 7, 8] as [UInt64])
  func whatFoundationRefusesIsRefused(seed: UInt64) throws {
    var numbers = SeededNumbers(seed)
    var refused = 0
    var taken = 0
    for _ in 0..<300 {
      let document = Data(numbers.jsonDocument().utf8)
      for _ in 0..<10 {
        let mutant = numbers.mutated(document)
        let isSerial = (try? JSONSerialization.jsonObject(with: mutant, options: .fragmentsAllowed))
        let decoded = try? JSONDecoder().decode(JSONTree.self, from: mutant)
        let found = try? JSONTree(scanning: mutant)
        if isSerial == nil || decoded == nil {
          refused += 1
          #expect(found == nil, "\(String(decoding: mutant, as: UTF8.self))")
        } else if found != nil {
          taken += 1
          #expect(found == decoded, "\(String(decoding: mutant, as: UTF8.self))")
        }
      }
    }
    #expect(refused > 1000 && taken > 100)
  }
}
