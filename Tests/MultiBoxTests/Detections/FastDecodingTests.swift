import Foundation
import TestSupport
import Testing

@testable import MultiBox

/// What is decoded best first against the plain definition: equal to the last bit.
struct FastDecodingTests {
  /// One image's predictions and how they are decoded.
  private struct Problem {
    var configuration = DetectionDecoder.Configuration()
    var boxes: DefaultBoxes
    var logits: [Float]
    var offsets: [Float]

    /// - Parameter grid: what logits are multiples of, so that scores tie; nil: any number.
    init(boxCount: Int, logitCount: Int, grid: Float? = nil, _ numbers: inout SeededNumbers) throws
    {
      boxes = try numbers.defaultBoxes(boxCount)
      logits = (0..<boxCount * logitCount).map { _ in
        let number = Float(numbers.number(-4...4))
        return grid.map { (number / $0).rounded() * $0 } ?? number
      }
      offsets = numbers.floats(boxCount * 4, -2...2)
    }

    /// Puts `values` into a few places, drawn, of `array`.
    static func spoil(
      _ array: inout [Float], with values: [Float], _ numbers: inout SeededNumbers
    ) {
      for value in values { array[numbers.integer(0...array.count - 1)] = value }
    }

    /// Checks the fast result, and that it is missing only where a box is not finite.
    func check(_ location: SourceLocation = #_sourceLocation) throws -> DetectionDecoder.Result {
      try logits.withUnsafeBufferPointer { logits in
        try offsets.withUnsafeBufferPointer { offsets in
          let predicted = PredictedBoxes.offsets(
            offsets, relativeTo: boxes, coder: configuration.boxCoder)
          let logitCount = logits.count / boxes.count
          let plain = PlainDecoding(
            configuration: configuration, logits: logits, logitCount: logitCount,
            boxes: predicted
          ).result()
          let fast = BestFirstDecoding(
            configuration: configuration, logits: logits, logitCount: logitCount,
            boxes: predicted
          ).result()
          if fast != nil || predicted.nonFiniteIndices().isEmpty {
            #expect(fast == plain, sourceLocation: location)
          }
          let result = try DetectionDecoder(configuration).decode(
            logits: logits, offsets: offsets, defaultBoxes: boxes)
          #expect(result == plain, sourceLocation: location)
          return plain
        }
      }
    }
  }

  @Test(arguments: 2...100) func equalForEveryNumberOfLogits(logitCount: Int) throws {
    var numbers = SeededNumbers(UInt64(logitCount))
    for function in ScoreFunction.allCases {
      for grid in [nil, 0.5] as [Float?] {
        var problem = try Problem(
          boxCount: numbers.integer(1...90), logitCount: logitCount, grid: grid, &numbers)
        problem.configuration.scoreFunction = function
        problem.configuration.maximumDetections = numbers.integer(1...60)
        problem.configuration.candidatesPerClass = numbers.integer(1...40)
        problem.configuration.suppression.iouThreshold = numbers.number(0...0.9)
        if logitCount % 3 == 0 {
          problem.configuration.suppression.gaussianSigma = numbers.number(0.1...2)
        }
        _ = try problem.check()
        let all: [Float] = [.nan, .infinity, -.infinity, 85, 200, -200, 3e38, -3e38]
        Problem.spoil(&problem.logits, with: all, &numbers)
        let spoilt = try problem.check()
        if function != .sigmoid { #expect(spoilt.nonFiniteScores > 0 || logitCount == 2) }
        Problem.spoil(&problem.offsets, with: all, &numbers)
        _ = try problem.check()
      }
    }
  }

  // Enough scores that only a part is looked at first, a background that wins nearly everywhere,
  // and limits that make the bound fall.
  @Test(arguments: 1...24) func equalOnManyBoxes(seed: Int) throws {
    var numbers = SeededNumbers(UInt64(seed))
    var problem = try Problem(
      boxCount: 2000 + seed, logitCount: numbers.integer(2...24), grid: seed % 3 == 0 ? 0.25 : nil,
      &numbers)
    let logitCount = problem.logits.count / problem.boxes.count
    if seed % 2 == 0 {
      for first in stride(from: 0, to: problem.logits.count, by: logitCount) {
        problem.logits[first] += 6
      }
    }
    for maximum in [1, 30, 200, 5000] {
      for threshold in [0.01, 0.5, 0.03] {
        problem.configuration.maximumDetections = maximum
        problem.configuration.scoreThreshold = threshold
        problem.configuration.suppression.iouThreshold = 0.05 * Double(seed % 10)
        problem.configuration.suppression.gaussianSigma = seed % 4 == 1 ? 0.5 : nil
        let result = try problem.check()
        if maximum <= 30, threshold == 0.01, seed % 10 > 3 {
          #expect(result.detections.count == maximum)
        }
      }
    }
  }

  // A threshold that no estimate can be trusted at, and one that lets everything pass.
  @Test(arguments: ScoreFunction.allCases, [-1, 0, 1e-38, 1e-9, 3e-6])
  func equalAtAnyThreshold(function: ScoreFunction, threshold: Double) throws {
    var numbers = SeededNumbers(9)
    var problem = try Problem(boxCount: 300, logitCount: 7, &numbers)
    problem.configuration.scoreFunction = function
    problem.configuration.scoreThreshold = threshold
    problem.configuration.candidatesPerClass = 50
    for factor in [1, 20] as [Float] {
      for index in problem.logits.indices { problem.logits[index] *= factor }
      #expect(try !problem.check().detections.isEmpty)
    }
  }

  // Centres up to 30 sides away: most boxes lie beside the image, and the best ones come late.
  @Test(arguments: 1...12) func equalWhereMostBoxesLieBesideTheImage(seed: Int) throws {
    var numbers = SeededNumbers(UInt64(seed))
    for maximum in [1, 10, 200] {
      var problem = try Problem(
        boxCount: 400, logitCount: numbers.integer(2...9), grid: seed % 3 == 0 ? 0.5 : nil,
        &numbers)
      for index in problem.offsets.indices where index % 4 < 2 { problem.offsets[index] *= 150 }
      problem.configuration.maximumDetections = maximum
      problem.configuration.candidatesPerClass = seed % 2 == 0 ? 400 : 60
      let result = try problem.check()
      #expect(result.boxesWithoutArea > 0 || maximum == 1)
      #expect(result.detections.allSatisfy { $0.box.hasArea })
    }
  }

  // All scores are equal: the order is that of classes and default boxes.
  @Test func equalWhereAllTie() throws {
    var numbers = SeededNumbers(4)
    var problem = try Problem(boxCount: 500, logitCount: 5, &numbers)
    for index in problem.logits.indices { problem.logits[index] = 0 }
    #expect(try problem.check().detections.first?.classIndex == 1)
    problem.logits = problem.logits.map { _ in 80 }
    problem.configuration.scoreFunction = .sigmoid
    #expect(try problem.check().detections.first?.score == 1)
  }

  @Test func equalForBoxesGivenReady() throws {
    var numbers = SeededNumbers(5)
    let problem = try Problem(boxCount: 400, logitCount: 3, &numbers)
    var boxes = problem.boxes.corners
    for isSpoilt in [false, true] {
      if isSpoilt { boxes[numbers.integer(0...399)].xMax = .infinity }
      try problem.logits.withUnsafeBufferPointer { logits in
        let plain = PlainDecoding(
          configuration: problem.configuration, logits: logits, logitCount: 3,
          boxes: .corners(boxes))
        let result = try DetectionDecoder().decode(logits: logits, boxes: boxes)
        #expect(result == plain.result())
      }
    }
  }

  // The logits end where memory does, so that a read beyond them is a crash.
  @Test(arguments: 2...20) func nothingIsReadBeyondTheLogits(logitCount: Int) throws {
    var numbers = SeededNumbers(UInt64(logitCount))
    let page = Int(getpagesize())
    for boxCount in 1...20 {
      let problem = try Problem(boxCount: boxCount, logitCount: logitCount, &numbers)
      let size = problem.logits.count * MemoryLayout<Float>.stride
      let memory = try #require(
        mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0))
      defer { munmap(memory, 2 * page) }
      try #require(memory != MAP_FAILED && size <= page)
      try #require(mprotect(memory + page, page, PROT_NONE) == 0)
      let logits = (memory + page - size).bindMemory(
        to: Float.self, capacity: problem.logits.count)
      logits.update(from: problem.logits, count: problem.logits.count)
      for function in ScoreFunction.allCases {
        let decoder = DetectionDecoder(.init(scoreFunction: function))
        let atTheEnd = try problem.offsets.withUnsafeBufferPointer {
          try decoder.decode(
            logits: UnsafeBufferPointer(start: logits, count: problem.logits.count), offsets: $0,
            defaultBoxes: problem.boxes)
        }
        let elsewhere = try decoder.decode(
          logits: problem.logits, offsets: problem.offsets, defaultBoxes: problem.boxes)
        #expect(atTheEnd == elsewhere)
      }
    }
  }

  @Test func theHeapSorts() {
    var numbers = SeededNumbers(6)
    for count in 0...70 {
      let elements = (0..<count).map { _ in UInt64(numbers.integer(0...40)) }
      var heap = BinaryHeap(elements)
      var taken: [UInt64] = []
      while let element = heap.popSmallest() { taken.append(element) }
      #expect(taken == elements.sorted())
    }
  }
}
