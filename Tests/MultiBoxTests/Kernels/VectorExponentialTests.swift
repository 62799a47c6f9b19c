import Foundation
import Testing

@testable import MultiBox

struct VectorExponentialTests {
  // By the C library in Double; the last places of Float are 6e-8 apart.
  @Test func theVectorExponentialIsExactToTheLastPlaces() {
    var largestError = 0.0
    for number in stride(from: -87 as Float, through: 88, by: 0.001_7) {
      let value = SIMD8<Float>(repeating: number).exponential()[3]
      largestError = max(largestError, abs(Double(value) / exp(Double(number)) - 1))
    }
    #expect(largestError < 2e-7)
    let limits = SIMD8<Float>(.nan, .infinity, -.infinity, 100, -100, 0, -0.0, 1).exponential()
    #expect(limits[0].isNaN)
    #expect(limits[1] == limits[3] && limits[1].isFinite)
    #expect(limits[2] == limits[4] && limits[2] > 0)
    #expect(limits[5] == 1 && limits[6] == 1)
  }
}
