import Foundation
import ImageFiles
import MultiBox

/// The page of `multibox explain`: one HTML file with picture, numbers and script inside.
public struct ExplanationPage: Sendable {
  private let document: ExplanationDocument
  private let image: RGBImage

  /// Larger pictures are made smaller: nobody sees more on a page, and boxes are drawn over it
  /// anyway.
  private static let sideLimit = 1600

  /// Creates the page of a `document` and its `image`.
  public init(_ document: ExplanationDocument, image: RGBImage) {
    self.document = document
    self.image = image
  }

  /// Writes the page atomically, in folders that are made as needed.
  ///
  /// - Parameter path: of the HTML file; a file that is there and no page is not written over.
  /// - Throws: `FileError` where it cannot be written.
  public func write(to path: String) throws {
    try PageFile.write(html(), .explanation, to: path)
  }

  /// Returns the whole page.
  public func html() throws -> String {
    let template = String(decoding: PackageResources.explain_html, as: UTF8.self)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let labels = String(decoding: try encoder.encode(self.labels()), as: UTF8.self)
    let data = "{\"document\":\(try document.json()),\"labels\":\(labels)}"
    return
      template
      .replacingOccurrences(of: "@PICTURE@", with: try image.dataURI(sideLimit: Self.sideLimit))
      .replacingOccurrences(of: "@DATA@", with: PageFile.embedded(Data(data.utf8)))
  }

  /// A label over the image, in the image's pixels.
  private struct Label: Encodable {
    let text: String
    /// The object that it names; nil for a prediction.
    let groundTruth: Int?
    /// x, y, width, height of its ground.
    let frame: [Double]
    let fontSize: Double
  }

  private func labels() throws -> [Label] {
    let falling = document.detections.sorted { $0.score > $1.score }
    func box(_ corners: [Double]) -> PixelBox {
      PixelBox(xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3])
    }
    let labels =
      falling.map {
        BoxLabel(
          text: "\($0.class) \(NumberStyle.measure.text($0.score))", box: box($0.box),
          isGroundTruth: false)
      }
      + document.groundTruth.map {
        BoxLabel(text: "\($0.index + 1) \($0.class)", box: box($0.box), isGroundTruth: true)
      }
    let placed = try BoxLabel.placed(labels, width: image.width, height: image.height)
    return zip(labels, placed).enumerated().map { index, label in
      let (label, place) = label
      let frame = place.frame
      return Label(
        text: label.text, groundTruth: label.isGroundTruth ? index - falling.count : nil,
        frame: [frame.xMin, frame.yMin, frame.width, frame.height], fontSize: place.fontSize)
    }
  }
}

extension RGBImage {
  /// Returns the picture as a JPEG that an HTML file can hold.
  ///
  /// - Parameter sideLimit: the longer side in pixels, at most.
  func dataURI(sideLimit: Int) throws -> String {
    let scale = min(Double(sideLimit) / Double(max(width, height)), 1)
    let picture =
      scale < 1
      ? ImageResampler(
        width: max(Int(Double(width) * scale), 1), height: max(Int(Double(height) * scale), 1)
      ).image(of: self) : self
    let data = try JPEGFile.encoded(picture, quality: 85)
    return "data:image/jpeg;base64," + data.base64EncodedString()
  }
}
