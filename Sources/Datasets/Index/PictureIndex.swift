import Files
import ImageFiles

/// The pictures of a dataset by their names, without folders, and the names of their folders.
struct PictureIndex: Sendable {
  private let root: String
  private var byName: [String: [String]] = [:]
  /// Of folders that hold pictures, themselves or in folders of theirs.
  private var folders: Set<String> = []
  /// The splits that such folders are called like.
  private var splits: Set<String> = []

  /// - Parameter place: the dataset.
  init(_ place: DatasetPlace) {
    root = place.folder + "/"
    var last = ""
    for file in place.allFiles() where file.isImagePath {
      let name = UnreadPictures.key(file.lastPart)
      let path = root + file
      byName[name, default: []].append(path)
      byName["\(name.withoutExtension).*", default: []].append(path)
      let folder = file.parentFolder
      guard folder != last else { continue }
      last = folder
      folders.formUnion(Self.parts(of: folder))
      splits.formUnion(Self.splits(of: folder))
    }
  }

  /// Says that the place holds no picture.
  var isEmpty: Bool { byName.isEmpty }

  /// The paths of the files of a name; of one without an ending, the pictures of that name.
  func files(ofName name: String) -> [String] {
    let key = UnreadPictures.key(name)
    return byName[key] ?? (name.isImagePath ? nil : byName["\(key).*"]) ?? []
  }

  /// Says that a picture is in none of the folders of a name that is written before its own, though
  /// pictures are in such a folder.
  ///
  /// - Parameters:
  ///   - path: of the picture.
  ///   - written: names of folders, there or not.
  func contradicts(_ path: String, _ written: ArraySlice<String>) -> Bool {
    let known = written.map(UnreadPictures.key).filter(folders.contains)
    return !known.isEmpty && !Set(Self.parts(of: path.parentFolder)).isSuperset(of: known)
  }

  /// Says that a picture is in a folder of another split, though pictures are in one of this.
  func isOfAnotherSplit(_ path: String, than split: String?) -> Bool {
    guard let split = split.flatMap(SplitFolders.plain), splits.contains(split),
      path.hasPrefix(root)
    else { return false }
    let own = Self.splits(of: String(path.dropFirst(root.count)).parentFolder)
    return !own.isEmpty && !own.contains(split)
  }

  private static func parts(of folder: String) -> [String] {
    folder.split(separator: "/").map { UnreadPictures.key(String($0)) }
  }

  private static func splits(of folder: String) -> [String] {
    folder.split(separator: "/").compactMap { SplitFolders.plain(String($0)) }
  }
}
