import MultiBox

extension TrainingShare {
  /// Returns the detections of all processes, in their order, each of some images.
  func gathered(_ detections: [[EvaluationDetection]]) throws -> [[[EvaluationDetection]]] {
    guard let group else { return [detections] }
    // As numbers: text of them takes longer than to compute them.
    let numbers = detections.flatMap { [Double($0.count)] + $0.flatMap(\.numbers) }
    return try group.gather(numbers.withUnsafeBytes { [UInt8]($0) }).map { bytes in
      var rest = bytes.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 8).map {
          bytes.loadUnaligned(fromByteOffset: $0, as: Double.self)
        }
      }[...]
      var images: [[EvaluationDetection]] = []
      while let count = rest.popFirst() {
        let width = EvaluationDetection.numberCount
        images.append(
          (0..<Int(count)).map { EvaluationDetection(rest.dropFirst($0 * width).prefix(width)) })
        rest = rest.dropFirst(Int(count) * width)
      }
      return images
    }
  }
}

extension EvaluationDetection {
  fileprivate static var numberCount: Int { 7 }

  fileprivate var numbers: [Double] {
    [box.xMin, box.yMin, box.xMax, box.yMax, Double(classIndex), score, area]
  }

  /// - Precondition: there are as many as ``numbers`` has.
  fileprivate init(_ numbers: ArraySlice<Double>) {
    let first = numbers.startIndex
    self.init(
      box: PixelBox(
        xMin: numbers[first], yMin: numbers[first + 1], xMax: numbers[first + 2],
        yMax: numbers[first + 3]),
      classIndex: Int(numbers[first + 4]), score: numbers[first + 5], area: numbers[first + 6])
  }
}
