import DetectionData
import Foundation
import ModelFiles
import MultiBox

extension SeededGenerator {
  /// Draws from the standard normal distribution, by Box and Muller's formula.
  mutating func normal() -> Float {
    let radius = (-2 * Double.log(1 - .random(in: 0..<1, using: &self))).squareRoot()
    return Float(radius * Double.cos(2 * .pi * .random(in: 0..<1, using: &self)))
  }

  mutating func normals(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in scale * normal() }
  }

  /// Draws a box in 0…1 with sides of 0.05 to 0.6.
  mutating func box() -> Box {
    let width = Double.random(in: 0.05...0.6, using: &self)
    let height = Double.random(in: 0.05...0.6, using: &self)
    let x = Double.random(in: 0...(1 - width), using: &self)
    let y = Double.random(in: 0...(1 - height), using: &self)
    return Box(xMin: x, yMin: y, xMax: x + width, yMax: y + height)
  }
}

extension NamedArray {
  init(doubles: [Double], shape: [Int]) {
    self.init(
      elementType: .float64, shape: shape, bytes: doubles.withUnsafeBytes { Data($0) })
  }

  /// Corners, a row for each box.
  init(_ boxes: [Box]) {
    self.init(
      doubles: boxes.flatMap { [$0.xMin, $0.yMin, $0.xMax, $0.yMax] }, shape: [boxes.count, 4])
  }
}

extension Double {
  fileprivate static func log(_ value: Double) -> Double { Foundation.log(value) }
  fileprivate static func cos(_ value: Double) -> Double { Foundation.cos(value) }
}
