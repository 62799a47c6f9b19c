import Files
import Foundation
import ImageFiles

/// The page of `multibox explain`: one HTML file with picture, numbers and script inside.
public struct ExplanationPage: Sendable {
  private let document: ExplanationDocument
  private let image: RGBImage

  /// Larger pictures are made smaller: nobody sees more on a page, and boxes are drawn over it
  /// anyway.
  private static let sideLimit = 1600

  public init(_ document: ExplanationDocument, image: RGBImage) {
    self.document = document
    self.image = image
  }

  public func write(to path: String) throws {
    try AtomicFile.write(Data(html().utf8), to: path)
  }

  /// Returns the whole page.
  public func html() throws -> String {
    let template = String(decoding: PackageResources.explain_html, as: UTF8.self)
    // Inside a script element only this could end it.
    let data = try document.json().replacingOccurrences(of: "</", with: "<\\/")
    return
      template
      .replacingOccurrences(of: "@PICTURE@", with: try image.dataURI(sideLimit: Self.sideLimit))
      .replacingOccurrences(of: "@DATA@", with: data)
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
