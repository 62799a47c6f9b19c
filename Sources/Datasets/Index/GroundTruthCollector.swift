import MultiBox

/// Takes the objects of one image, whatever the format: clips, drops what has no area, and reports.
struct GroundTruthCollector {
  let file: String
  let width: Int
  let height: Int
  private(set) var groundTruth: [LabeledPixelBox] = []
  /// For each object the area that its file gives, else its box's.
  private(set) var areas: [Double] = []
  /// For each object width times height as its file gives them, else its box's.
  private(set) var boxAreas: [Double] = []

  /// - Parameters:
  ///   - file: what the report calls the annotation.
  ///   - width, height: the image's size in pixels.
  ///   - count: of the objects that are expected.
  init(file: String, width: Int, height: Int, count: Int = 0) {
    self.file = file
    self.width = width
    self.height = height
    groundTruth.reserveCapacity(count)
    areas.reserveCapacity(count)
    boxAreas.reserveCapacity(count)
  }

  /// Adds an object, or reports why not.
  ///
  /// - Parameters:
  ///   - box: corners in pixels, continuous coordinates.
  ///   - place: where in the file, for the report, such as `line 3`.
  ///   - written: the box in the file's own numbers, for the report.
  ///   - area: what the file says of the object, its segment's.
  ///   - boxArea: width times height as the file gives them; not used for a box that is clipped.
  mutating func add(
    _ labeled: LabeledPixelBox, place: String, written: String, area: Double? = nil,
    boxArea: Double? = nil, report: inout DatasetReport
  ) {
    let box = labeled.box.snapped(extent: max(width, height))
    let clipped = box.clipped(width: width, height: height)
    guard clipped.hasArea else {
      let fault =
        box.isTurnedRound
        ? "has swapped corners, or a negative side" : "has no area inside \(width) × \(height)"
      report.add(.boxWithoutArea, file, "\(place): \(written) \(fault)")
      return
    }
    let excess = box.excess(width: width, height: height)
    if excess > 0 {
      let pixels = max((excess * 1000).rounded() / 1000, 0.001)
      report.add(
        .clippedBox, file,
        "\(place): \(written) leaves \(width) × \(height) by \(pixels) pixels")
    }
    var labeled = labeled
    labeled.box = clipped
    groundTruth.append(labeled)
    areas.append(area ?? clipped.area)
    boxAreas.append(clipped == box ? boxArea ?? clipped.area : clipped.area)
  }
}

extension PixelBox {
  /// Says whether the box ends before it begins.
  fileprivate var isTurnedRound: Bool { xMax < xMin || yMax < yMin }

  /// The pixels by which the box leaves an image on the worst side; 0 where rounding alone does.
  ///
  /// Many tools write shares of the image with six decimals. Then a centre is wrong by up to half a
  /// millionth of a side and half a width by a quarter: a box that ends at the border leaves it by
  /// less than a millionth of the side.
  fileprivate func excess(width: Int, height: Int) -> Double {
    func excess(_ low: Double, _ high: Double, _ side: Int) -> Double {
      let excess = max(-low, high - Double(side))
      return excess > 1e-6 * Double(side) ? excess : 0
    }
    return max(excess(xMin, xMax, width), excess(yMin, yMax, height))
  }

  /// The box with coordinates that are rounding errors away from a millionth of a pixel put there,
  /// so that the same box gives the same numbers whether its file has corners, sides or shares of
  /// the image.
  ///
  /// - Parameter extent: side of the image, whose rounding errors are forgiven.
  fileprivate func snapped(extent: Int) -> PixelBox {
    let tolerance = 8 * Double(extent).ulp
    func snapped(_ value: Double) -> Double {
      let decimal = (value * 1e6).rounded() / 1e6
      return abs(value - decimal) <= tolerance ? decimal : value
    }
    return PixelBox(
      xMin: snapped(xMin), yMin: snapped(yMin), xMax: snapped(xMax), yMax: snapped(yMax))
  }
}
