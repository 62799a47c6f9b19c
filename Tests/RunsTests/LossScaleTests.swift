import Foundation
import Testing

@testable import Runs

struct LossScaleTests {
  @Test func twoThousandFiniteStepsDoubleIt() {
    var scale = LossScale()
    #expect(scale.factor == 65_536)
    for _ in 0..<1999 { scale.record(isFinite: true) }
    #expect(scale.factor == 65_536 && scale.finiteSteps == 1999)
    scale.record(isFinite: true)
    #expect(scale.factor == 131_072 && scale.finiteSteps == 0 && scale.skippedSteps == 0)
  }

  // An overflow halves it, and the steps before it count no more.
  @Test func anOverflowHalvesIt() {
    var scale = LossScale()
    for _ in 0..<1999 { scale.record(isFinite: true) }
    scale.record(isFinite: false)
    #expect(scale.factor == 32_768 && scale.finiteSteps == 0 && scale.skippedSteps == 1)
    for _ in 0..<1999 { scale.record(isFinite: true) }
    #expect(scale.factor == 32_768)
    scale.record(isFinite: true)
    #expect(scale.factor == 65_536 && scale.skippedSteps == 1)
  }

  @Test func itEndsAtOneAndAtTwoToThe24th() {
    var small = LossScale(factor: 2)
    #expect(!small.isExhausted)
    small.record(isFinite: false)
    #expect(small.factor == 1 && small.isExhausted)
    small.record(isFinite: false)
    #expect(small.factor == 1)
    var large = LossScale(factor: 0x1p23)
    for _ in 0..<4000 { large.record(isFinite: true) }
    #expect(large.factor == 0x1p24)
  }

  @Test func aCheckpointKeepsAllOfIt() throws {
    var position = TrainingPosition()
    position.iteration = 9
    var scale = LossScale()
    for isFinite in [true, false, true, true] { scale.record(isFinite: isFinite) }
    position.lossScale = scale
    let text = String(decoding: try JSONEncoder().encode(position), as: UTF8.self)
    let read = try TrainingPosition([TrainingPosition.metadataKey: text], path: "c", of: 9)
    #expect(read == position)
    #expect(read.lossScale?.factor == 32_768)
    #expect(read.lossScale?.finiteSteps == 2 && read.lossScale?.skippedSteps == 1)
  }
}
