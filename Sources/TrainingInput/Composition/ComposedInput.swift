import MultiBox
import NetworkInput

/// An input of one or several images, decided and not yet written.
struct ComposedInput: Sendable {
  /// Those behind first.
  let tiles: [PictureTile]
  /// What it is blended with, and its own share of the mixture.
  var other: (tiles: [PictureTile], share: Float)?

  /// Writes the normalized values, `H × W × 3`.
  func write(_ transform: InputTransform, to output: UnsafeMutableBufferPointer<Float>) {
    for tile in tiles { tile.write(transform, to: output) }
    guard let other else { return }
    let rest = 1 - other.share
    withUnsafeTemporaryAllocation(of: Float.self, capacity: output.count) { second in
      for tile in other.tiles { tile.write(transform, to: second) }
      for index in 0..<output.count {
        output[index] = other.share * output[index] + rest * second[index]
      }
    }
  }

  /// The objects, in shares of an input of `width` × `height` pixels.
  func groundTruth(width: Int, height: Int) -> [LabeledBox] {
    (tiles + (other?.tiles ?? [])).flatMap { $0.groundTruth(width: width, height: height) }
  }
}
