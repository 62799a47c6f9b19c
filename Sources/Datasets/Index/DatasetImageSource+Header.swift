import ImageFiles

extension DatasetImage.Source {
  /// Width and height of the upright picture, from its header.
  ///
  /// - Parameter maximumPixels: an image of more is refused.
  /// - Throws: `ImageError` or `FileError` naming the file.
  func size(_ maximumPixels: Int) throws -> (width: Int, height: Int) {
    switch self {
    case .file(let path): return try ImageFile.size(path, maximumPixels: maximumPixels)
    case .embedded(let part):
      return try ImageFile.size(
        of: part.contents(), path: part.description, maximumPixels: maximumPixels)
    case .generated(let make):
      let image = make()
      return (image.width, image.height)
    }
  }

  /// How the picture is to be turned, from its header.
  func orientation() -> EXIFOrientation {
    switch self {
    case .file(let path): ImageFile.orientation(path)
    case .embedded(let part): (try? part.contents()).map(ImageFile.orientation) ?? .upright
    case .generated: .upright
    }
  }
}
