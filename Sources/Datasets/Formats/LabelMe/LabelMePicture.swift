import Files
import Foundation
import MultiBox

/// The picture of a LabelMe file: the one that it names, the one of its own name, or the one that
/// it holds.
struct LabelMePicture: Sendable {
  /// As the file names it, with `/` between its parts; empty where it names none.
  private(set) var written = ""
  /// Where it was found, as a path.
  private(set) var path: String?
  /// The one in the file.
  private(set) var embedded: FilePart?
  /// The reason why the one in the file is not read.
  private(set) var absence: String?

  /// Looks for the picture of a file; nothing is known of one that is not JSON.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - beside: the image of the file's name, where there is one.
  ///   - finder: looks elsewhere.
  ///   - isAmongPictures: the folder of the file holds pictures of others: one that is not there is
  ///     gone, and one of its name in another folder is another.
  init(
    of file: String, beside: String?, in place: DatasetPlace, finder: ImageFinder,
    isAmongPictures: Bool
  ) {
    try? read(file)
    let folder = file.parentFolder
    if !written.isEmpty, let named = place.tree.find(written, in: folder),
      FolderListing.isFile(named)
    {
      path = named
    } else if written.isImagePath, let beside, beside.fileExtension != written.fileExtension {
      // As a mask of its name; or the picture was converted.
      path = finder.find(written, of: file, in: [folder])?.path ?? beside
    } else {
      path = beside
    }
    if path == nil {
      let stem = file.lastPart.withoutExtension
      let found = [written, stem].lazy.compactMap {
        finder.find($0, of: file, in: [folder])
      }.first
      path = found?.path
      if isAmongPictures, found?.likeness == .name {
        path = embedded == nil ? "\(folder)/\(written)" : nil
      }
    }
  }

  /// Passes the file's text without making values of it: pictures in base64 are long.
  private mutating func read(_ path: String) throws(FileError) {
    let file = try MappedFile(path)
    let found = try JSONFile.read(file, path: path) { scanner throws(JSONProblem) in
      var found: (written: String, data: Range<Int>?) = ("", nil)
      try scanner.eachMember { scanner, key throws(JSONProblem) in
        let isPath = scanner.is(key, "imagePath")
        guard isPath || scanner.is(key, "imageData"), scanner.next() == UInt8(ascii: "\"") else {
          try scanner.skip()
          return
        }
        let text = try scanner.string()
        if isPath {
          found.written = scanner.text(text).withSlashes
        } else if let range = scanner.base64(in: text.range) {
          found.data = range
        }
      }
      // In UTF-16 the picture stands at other places of the file.
      return (found.written, found.data, isPlain: scanner.count == file.count)
    }
    written = found.0
    guard let range = found.1 else { return }
    if found.isPlain {
      embedded = FilePart(
        path: path, offset: range.lowerBound, length: range.count, encoding: .base64)
    } else {
      absence = "it is in imageData of a file in UTF-16, which is not read"
    }
  }
}

extension JSONScanner {
  /// A text in base64, without the `data:image/png;base64,` that some tools put before it; nil for
  /// an empty one.
  fileprivate func base64(in range: Range<Int>) -> Range<Int>? {
    var start = range.lowerBound
    if byte(start) == UInt8(ascii: "d"), byte(start + 4) == UInt8(ascii: ":"),
      let comma = range.prefix(100).first(where: { byte($0) == UInt8(ascii: ",") })
    {
      start = comma + 1
    }
    return start < range.upperBound ? start..<range.upperBound : nil
  }
}
