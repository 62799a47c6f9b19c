import MultiBox

/// The changes that were drawn for one image; enough to do the same again elsewhere.
public struct AugmentationDraw: Hashable, Sendable, Codable {
  /// The changes of colour.
  public var photometric: PhotometricDraw
  /// The part of the plane that becomes the output, in pixels of the image; outside of the image
  /// the mean is filled in. Expansion and crop together are nothing else.
  public var window: PixelBox
  /// Left and right change places.
  public var isMirrored: Bool
  /// Top and bottom change places.
  public var isFlipped: Bool

  /// Creates a record of changes.
  public init(
    photometric: PhotometricDraw, window: PixelBox, isMirrored: Bool, isFlipped: Bool = false
  ) {
    self.photometric = photometric
    self.window = window
    self.isMirrored = isMirrored
    self.isFlipped = isFlipped
  }

  /// Draws which sides change places: left and right first, then top and bottom.
  init(
    photometric: PhotometricDraw, window: PixelBox, sidesBy policy: AugmentationPolicy,
    using generator: inout SeededGenerator
  ) {
    self.init(
      photometric: photometric, window: window,
      isMirrored: Double.random(in: 0..<1, using: &generator) < policy.mirrorProbability,
      isFlipped: Double.random(in: 0..<1, using: &generator) < policy.flipProbability)
  }

  /// Returns the record that leaves a whole image of `width` × `height` pixels as it is.
  public static func unchanged(width: Int, height: Int) -> AugmentationDraw {
    AugmentationDraw(
      photometric: PhotometricDraw(),
      window: PixelBox(width: width, height: height), isMirrored: false)
  }

  /// Returns the boxes whose centre lies in the window, clipped to it and normalized.
  ///
  /// - Parameters:
  ///   - groundTruth: boxes in pixels of the image.
  ///   - minimumWidth: of the normalized box; what is narrower after clipping is dropped.
  ///   - minimumHeight: of the normalized box; what is lower after clipping is dropped.
  public func applied(
    to groundTruth: [LabeledPixelBox], minimumWidth: Double, minimumHeight: Double
  ) -> [LabeledBox] {
    applied(
      to: groundTruth, .center, minimumWidth: minimumWidth, minimumHeight: minimumHeight)
  }

  /// Objects that stay of those of an image.
  enum Keeping: Hashable, Sendable {
    /// Those whose centre lies in the window.
    case center
    /// Those of whose box at least this share lies in the window. Regions that are no objects stay
    /// whatever is left of them: it is still none.
    case visibleShare(Double)
  }

  func applied(
    to groundTruth: [LabeledPixelBox], _ keeping: Keeping, minimumWidth: Double,
    minimumHeight: Double
  ) -> [LabeledBox] {
    groundTruth.compactMap { labeled in
      let box = labeled.box
      guard keeps(labeled, keeping) else { return nil }
      var placed = Box(
        xMin: (box.xMin - window.xMin) / window.width,
        yMin: (box.yMin - window.yMin) / window.height,
        xMax: (box.xMax - window.xMin) / window.width,
        yMax: (box.yMax - window.yMin) / window.height
      ).clipped()
      if isMirrored { (placed.xMin, placed.xMax) = (1 - placed.xMax, 1 - placed.xMin) }
      if isFlipped { (placed.yMin, placed.yMax) = (1 - placed.yMax, 1 - placed.yMin) }
      guard placed.hasArea, placed.width >= minimumWidth, placed.height >= minimumHeight else {
        return nil
      }
      return LabeledBox(labeled, box: placed)
    }
  }

  private func keeps(_ labeled: LabeledPixelBox, _ keeping: Keeping) -> Bool {
    let box = labeled.box
    switch keeping {
    case .center:
      let centerX = (box.xMin + box.xMax) / 2
      let centerY = (box.yMin + box.yMax) / 2
      return centerX >= window.xMin && centerX <= window.xMax && centerY >= window.yMin
        && centerY <= window.yMax
    case .visibleShare(let share):
      let visible = box.intersectionArea(window)
      return visible > 0 && (!labeled.isLearned || visible >= share * box.area)
    }
  }
}
