import ImageFiles
import MultiBox
import NetworkInput
import Testing

/// How pixels become the input, on images small enough to be written down.
struct InputTransformTests {
  private static let normalization = ImageNormalization(
    mean: [10, 20, 30], standardDeviation: [1, 2, 4])

  private static let image = RGBImage(
    width: 2, height: 1, pixels: [11, 24, 38, 50, 60, 70])

  private func values(
    _ change: (inout InputSpecification) -> Void = { _ in }, image: RGBImage = image,
    layout: InputTransform.Layout
  ) -> [Float] {
    var input = InputSpecification(
      width: 2, height: 1, normalization: Self.normalization)
    change(&input)
    var result = [Float](repeating: -1, count: input.width * input.height * 3)
    result.withUnsafeMutableBufferPointer {
      InputTransform(input).write(image, layout, to: $0)
    }
    return result
  }

  @Test func channelsAndLayouts() {
    #expect(values(layout: .planar) == [1, 40, 2, 20, 2, 10])
    #expect(values(layout: .interleaved) == [1, 2, 2, 40, 20, 10])
    #expect(values({ $0.channelOrder = .bgr }, layout: .planar) == [2, 10, 2, 20, 1, 40])
    #expect(values({ $0.channelOrder = .bgr }, layout: .interleaved) == [2, 2, 1, 10, 20, 40])
  }

  @Test func paddingIsTheMeanOrWhatIsSaid() {
    // 2 × 1 in 2 × 2: the row at the bottom is padding.
    let top: (inout InputSpecification) -> Void = {
      $0.height = 2
      $0.resize = .letterboxTopLeft
    }
    #expect(values(top, layout: .planar) == [1, 40, 0, 0, 2, 20, 0, 0, 2, 10, 0, 0])
    let black = values(
      {
        top(&$0)
        $0.padding = [0, 0, 0]
      }, layout: .planar)
    #expect(black == [1, 40, -10, -10, 2, 20, -10, -10, 2, 10, -7.5, -7.5])
  }

  // Pillow's arithmetic: half up, after each pass.
  @Test func roundingIsHalfUp() {
    let image = RGBImage(
      width: 2, height: 2, pixels: [0, 1, 2, 1, 2, 3, 0, 1, 2, 0, 1, 3])
    let change: (inout InputSpecification) -> Void = {
      $0.width = 1
      $0.isRoundedToBytes = true
      $0.normalization = ImageNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    }
    // Rows: (0 + 1) / 2 → 1, (1 + 2) / 2 → 2, (2 + 3) / 2 → 3; then 0, 1, 3. Columns: ½ → 1,
    // 1½ → 2, 3.
    #expect(values(change, image: image, layout: .interleaved) == [1, 2, 3])
    let unrounded = values(
      {
        change(&$0)
        $0.isRoundedToBytes = false
      }, image: image, layout: .interleaved)
    #expect(unrounded == [0.25, 1.25, 2.5])
  }

  @Test func plainBilinearTakesTheNearestFour() {
    // From 8 columns to 2: OpenCV looks at columns 1 and 2, 5 and 6; the antialiased filter at
    // more.
    let image = RGBImage(
      width: 8, height: 1,
      pixels: [0, 10, 30, 0, 0, 50, 70, 0].flatMap { [UInt8]([$0, $0, $0]) })
    let plain = values({ $0.filter = .bilinear }, image: image, layout: .planar)
    #expect(plain[0] == 10 && plain[1] == 50)
    let antialiased = values(image: image, layout: .planar)
    #expect(antialiased[0] != 10 && antialiased[1] != 50)
  }
}
