import ImageFiles

/// The pictures of a dataset by their names, without folders.
struct PictureIndex: Sendable {
  private var byName: [String: [String]] = [:]

  /// - Parameter place: the dataset.
  init(_ place: DatasetPlace) {
    for file in place.allFiles() where file.isImagePath {
      let name = UnreadPictures.key(file.lastPart)
      let path = "\(place.folder)/\(file)"
      byName[name, default: []].append(path)
      byName["\(name.withoutExtension).*", default: []].append(path)
    }
  }

  /// Says that the place holds no picture.
  var isEmpty: Bool { byName.isEmpty }

  /// The paths of the files of a name; of one without an ending, the pictures of that name.
  func files(ofName name: String) -> [String] {
    let key = UnreadPictures.key(name)
    return byName[key] ?? (name.isImagePath ? nil : byName["\(key).*"]) ?? []
  }
}
