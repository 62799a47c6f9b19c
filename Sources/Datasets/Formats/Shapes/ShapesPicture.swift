import ImageFiles
import MultiBox

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One synthetic picture: what stands where, and how it is drawn.
///
/// 1…6 shapes of 5…60 % of the side, whose boxes overlap up to IoU 0.4; larger ones are drawn
/// first.
struct ShapesPicture: Sendable {
  /// Classes, in alphabetic order.
  enum Kind: String, CaseIterable, Sendable {
    case circle
    case cross
    case square
    case triangle
  }

  private struct Color: Sendable {
    var red: Double
    var green: Double
    var blue: Double

    func distance(_ other: Color) -> Double {
      max(abs(red - other.red), abs(green - other.green), abs(blue - other.blue))
    }
  }

  private struct Shape: Sendable {
    let kind: Kind
    let box: PixelBox
    let color: Color
    /// Stripes: their direction and width.
    let stripe: (x: Double, y: Double)
  }

  private let side: Int
  private let shapes: [Shape]
  private let ground: Color
  private let waves: [(x: Double, y: Double, phase: Double, height: Double)]
  /// Draws the noise; kept apart so that pixels are the same each time.
  private let noise: SeededGenerator

  init(side: Int, generator: SeededGenerator) {
    var generator = generator
    self.side = side
    let ground = Self.color(using: &generator)
    self.ground = ground
    waves = (0..<3).map { _ in
      (
        Double.random(in: -0.12...0.12, using: &generator),
        Double.random(in: -0.12...0.12, using: &generator),
        Double.random(in: 0...6.28, using: &generator), Double.random(in: 2...9, using: &generator)
      )
    }
    var boxes: [PixelBox] = []
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      if let box = Self.place(side: Double(side), beside: boxes, using: &generator) {
        boxes.append(box)
      }
    }
    boxes.sort { $0.area > $1.area }
    var shapes: [Shape] = []
    for box in boxes {
      var color = Self.color(using: &generator)
      let others = [ground] + shapes.map(\.color)
      for _ in 0..<20 where others.contains(where: { $0.distance(color) < 60 }) {
        color = Self.color(using: &generator)
      }
      shapes.append(
        Shape(
          kind: Kind.allCases.randomElement(using: &generator) ?? .circle, box: box, color: color,
          stripe: (
            Double.random(in: -0.7...0.7, using: &generator),
            Double.random(in: -0.7...0.7, using: &generator)
          )))
    }
    self.shapes = shapes
    noise = generator.split(0)
  }

  var groundTruth: [LabeledPixelBox] {
    shapes.map {
      LabeledPixelBox(box: $0.box, classIndex: (Kind.allCases.firstIndex(of: $0.kind) ?? 0) + 1)
    }
  }

  private static func color(using generator: inout SeededGenerator) -> Color {
    Color(
      red: Double.random(in: 20...235, using: &generator),
      green: Double.random(in: 20...235, using: &generator),
      blue: Double.random(in: 20...235, using: &generator))
  }

  /// Returns a box that fits the picture and the others, or nil after 50 tries.
  private static func place(
    side: Double, beside others: [PixelBox], using generator: inout SeededGenerator
  ) -> PixelBox? {
    for _ in 0..<50 {
      // Small and large alike: uniform in the logarithm.
      let size = side * exp(Double.random(in: log(0.05)...log(0.6), using: &generator))
      let stretch = exp(Double.random(in: -0.25...0.25, using: &generator))
      let width = min(max(size * stretch, side * 0.05), side * 0.6)
      let height = min(max(size / stretch, side * 0.05), side * 0.6)
      let x = Double.random(in: 0...side - width, using: &generator)
      let y = Double.random(in: 0...side - height, using: &generator)
      let box = PixelBox(xMin: x, yMin: y, xMax: x + width, yMax: y + height)
      let fits = others.allSatisfy {
        $0.intersectionOverUnion(box) <= 0.4
          && $0.intersectionArea(box) <= 0.5 * min($0.area, box.area)
      }
      if fits { return box }
    }
    return nil
  }

  /// Draws the picture.
  func image() -> RGBImage {
    var generator = noise
    var pixels = [UInt8](repeating: 0, count: side * side * 3)
    for y in 0..<side {
      for x in 0..<side {
        var texture = 0.0
        for wave in waves {
          texture += wave.height * sin(wave.x * Double(x) + wave.y * Double(y) + wave.phase)
        }
        var color = Color(
          red: ground.red + texture, green: ground.green + texture, blue: ground.blue + texture)
        for shape in shapes {
          let share = Self.coverage(of: shape, x: Double(x) + 0.5, y: Double(y) + 0.5)
          guard share > 0 else { continue }
          let stripes = 10 * sin(shape.stripe.x * Double(x) + shape.stripe.y * Double(y))
          color.red += share * (shape.color.red + stripes - color.red)
          color.green += share * (shape.color.green + stripes - color.green)
          color.blue += share * (shape.color.blue + stripes - color.blue)
        }
        // One word of random bits gives the noise of three channels.
        let bits = generator.next()
        let first = (y * side + x) * 3
        for (channel, value) in [color.red, color.green, color.blue].enumerated() {
          let word = Double((bits >> UInt64(channel * 16)) & 0xFFFF) / 65536 - 0.5
          pixels[first + channel] = UInt8(min(max(value + word * 16, 0), 255))
        }
      }
    }
    return RGBImage(width: side, height: side, pixels: pixels)
  }

  /// Returns which share of the pixel around a point the shape covers, about.
  private static func coverage(of shape: Shape, x: Double, y: Double) -> Double {
    let box = shape.box
    guard x > box.xMin - 1, x < box.xMax + 1, y > box.yMin - 1, y < box.yMax + 1 else { return 0 }
    let (halfWidth, halfHeight) = (box.width / 2, box.height / 2)
    let dx = abs(x - box.xMin - halfWidth)
    let dy = abs(y - box.yMin - halfHeight)
    // Distance to the edge in pixels, negative inside.
    let edge = max(dx - halfWidth, dy - halfHeight)
    let distance: Double
    switch shape.kind {
    case .square: distance = edge
    case .circle:
      let u = dx / halfWidth
      let v = dy / halfHeight
      distance = ((u * u + v * v).squareRoot() - 1) * min(halfWidth, halfHeight)
    case .cross:
      let arms = min(
        max(dx - halfWidth / 3, dy - halfHeight), max(dx - halfWidth, dy - halfHeight / 3))
      distance = max(arms, edge)
    case .triangle:
      // Tip at the top in the middle, base at the bottom.
      let slope = halfWidth / box.height
      let beside = (dx - (y - box.yMin) * slope) / (1 + slope * slope).squareRoot()
      distance = max(beside, edge)
    }
    return min(max(0.5 - distance, 0), 1)
  }
}
