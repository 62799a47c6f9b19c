/// A rectangle of whole pixels of an input.
package struct InputRegion: Hashable, Sendable {
  /// The first column.
  package var x: Int
  /// The first row.
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int = 0, y: Int = 0, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  func isInside(width: Int, height: Int) -> Bool {
    self.width > 0 && self.height > 0 && x >= 0 && y >= 0 && x + self.width <= width
      && y + self.height <= height
  }
}
