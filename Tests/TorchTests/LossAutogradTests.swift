import MultiBox
import TestSupport
import Testing

@testable import Torch

/// The analytic gradient against LibTorch's autograd of an expression written from the paper.
struct LossAutogradTests {
  /// Which ground truth each default box has: all pairs by falling IoU, then what is free.
  private func match(_ objects: [LabeledBox], _ boxes: DefaultBoxes) -> [Int?] {
    var pairs: [(Double, Int, Int)] = []
    for (object, labeled) in objects.enumerated() {
      for (box, corners) in boxes.corners.enumerated() {
        pairs.append((corners.intersectionOverUnion(labeled.box), box, object))
      }
    }
    var result = [Int?](repeating: nil, count: boxes.count)
    var owners: Set<Int> = []
    for (overlap, box, object) in pairs.sorted(by: { ($1.0, $0.1, $0.2) < ($0.0, $1.1, $1.2) })
    where overlap > 0 && result[box] == nil && !owners.contains(object) {
      result[box] = object
      owners.insert(object)
    }
    for box in 0..<boxes.count where result[box] == nil {
      let best = pairs.filter { $0.1 == box }.max { ($0.0, $1.2) < ($1.0, $0.2) }
      if let best, best.0 >= 0.5 { result[box] = best.2 }
    }
    return result
  }

  @Test(arguments: 1...8) func gradientsAreThoseOfAutograd(seed: Int) throws {
    var numbers = SeededNumbers(UInt64(seed))
    func number(_ range: ClosedRange<Double>) -> Double { numbers.number(range) }
    let (images, count, k) = (3, 60, 5)
    func box() -> Box {
      let (x, y) = (number(0...0.7), number(0...0.7))
      return Box(xMin: x, yMin: y, xMax: x + number(0.05...0.3), yMax: y + number(0.05...0.3))
    }
    let boxes = try DefaultBoxes((0..<count).map { _ in CenterBox(box()) })
    let truth = (0..<images).map { image in
      (0..<(image == 2 ? 0 : 4)).map { _ in
        LabeledBox(box: box(), classIndex: numbers.integer(1...k - 1))
      }
    }
    let logits = numbers.floats(images * count * k, -3...3)
    let offsets = numbers.floats(images * count * 4, -3...3)

    // Rows that enter the loss: classes of positives, 0 for the hardest negatives.
    var rows: [Int64] = []
    var classes: [Int64] = []
    var positiveRows: [Int64] = []
    var targets: [Float] = []
    let coder = BoxCoder()
    for image in 0..<images {
      let matched = match(truth[image], boxes)
      var negatives: [(loss: Float, row: Int)] = []
      var positives = 0
      for index in 0..<count {
        let row = image * count + index
        if let object = matched[index] {
          positives += 1
          rows.append(Int64(row))
          classes.append(Int64(truth[image][object].classIndex))
          positiveRows.append(Int64(row))
          let target = coder.encoded(
            CenterBox(truth[image][object].box), relativeTo: boxes.centers[index])
          targets += [target.cx, target.cy, target.width, target.height].map(Float.init)
        } else {
          let one = try Tensor(Array(logits[row * k..<(row + 1) * k]), shape: [1, k])
          let loss = try one.crossEntropySum(classes: Tensor(integers: [0], shape: [1])).scalar()
          negatives.append((loss, row))
        }
      }
      for negative in negatives.sorted(by: { ($1.loss, $0.row) < ($0.loss, $1.row) })
        .prefix(3 * positives)
      {
        rows.append(Int64(negative.row))
        classes.append(0)
      }
    }
    let logitTensor = try Tensor(logits, shape: [images * count, k])
    let offsetTensor = try Tensor(offsets, shape: [images * count, 4])
    try logitTensor.setRequiresGradient(true)
    try offsetTensor.setRequiresGradient(true)
    let confidence = try logitTensor.selected(
      Tensor(integers: rows, shape: [rows.count]), dimension: 0
    ).crossEntropySum(classes: Tensor(integers: classes, shape: [classes.count]))
    let localization = try offsetTensor.selected(
      Tensor(integers: positiveRows, shape: [positiveRows.count]), dimension: 0
    ).smoothL1Sum(to: Tensor(targets, shape: [positiveRows.count, 4]), beta: 1)
    let total = try confidence.adding(localization).multiplied(
      by: 1 / Double(positiveRows.count))
    try total.backward()

    let answer = try MultiBoxLoss().valueAndGradients(
      logits: logits, offsets: offsets, imageCount: images, defaultBoxes: boxes,
      groundTruth: truth)
    let (result, logitGradient, offsetGradient) = (
      answer.result, answer.logitGradient, answer.offsetGradient
    )
    #expect(result.positives == positiveRows.count)
    #expect(abs(result.loss - Double(try total.scalar())) < 1e-5 * max(1, result.loss))
    let expected = try (logitTensor.gradient()?.floats(), offsetTensor.gradient()?.floats())
    #expect(expected.0?.count == logitGradient.count && expected.1?.count == offsetGradient.count)
    for (found, expected) in zip(logitGradient, try #require(expected.0)) {
      #expect(abs(found - expected) < 1e-6)
    }
    for (found, expected) in zip(offsetGradient, try #require(expected.1)) {
      #expect(abs(found - expected) < 1e-6)
    }
  }
}
