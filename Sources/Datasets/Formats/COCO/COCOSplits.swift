import Files
import Foundation
import ImageFiles
import Synchronization

/// COCO's files of a place, and which of their images are in which split.
final class COCOSplits: Sendable {
  /// A file, and all its images without their objects.
  struct Source: Sendable {
    let file: String
    let content: COCOContent
    let images: Images
  }

  /// The images of a file without their objects, each made when it is asked for: a list of a
  /// million would take as much memory as all annotations.
  struct Images: RandomAccessCollection, Sendable {
    fileprivate let images: COCOImages
    fileprivate let file: String
    fileprivate let folders: [String]

    var startIndex: Int { 0 }
    var endIndex: Int { images.count }

    subscript(number: Int) -> AnnotatedImage {
      let image = images[number]
      let name = image.fileName ?? ""
      return AnnotatedImage(
        name: name.withoutExtension, picture: .written(name, folders: folders), annotation: file,
        size: PixelSize(width: image.width, height: image.height))
    }
  }

  /// Some images of several files.
  struct Selection: RandomAccessCollection, Sendable {
    fileprivate let files: [Images]
    fileprivate let chosen: [Image]

    var startIndex: Int { 0 }
    var endIndex: Int { chosen.count }

    subscript(index: Int) -> AnnotatedImage { files[chosen[index].source][chosen[index].number] }
  }

  /// An image of one of several sources.
  struct Image: Hashable, Sendable {
    private let of: Int32
    private let at: Int32

    init(source: Int, number: Int) { (of, at) = (Int32(source), Int32(number)) }

    var source: Int { Int(of) }
    var number: Int { Int(at) }
  }

  /// The images of one picture, more than one where several files have it.
  struct Picture: Sendable {
    let first: Image
    private let others: [Image]

    /// - Parameter images: one or more.
    init?(_ images: [Image]) {
      guard let first = images.first else { return nil }
      self.first = first
      others = Array(images.dropFirst())
    }

    var images: [Image] { others.isEmpty ? [first] : [first] + others }
  }

  /// The images of a split.
  struct Part: Sendable {
    let sources: [Source]
    /// Those that are in the split.
    var pictures: [Picture] = []
    /// Of files of several splits those in none.
    var outsiders: [Picture] = []
    /// Of files of several splits; nil for a split's own.
    var choice: SplitChoice?
  }

  private let place: DatasetPlace
  private let seed: UInt64
  private let finder: ImageFinder
  private let files: COCOFiles
  /// JSON files that hold nothing, or are cut off.
  let unread: [DatasetProblem]
  /// What was read to see which files are of the same pictures.
  private let contents = Mutex([String: COCOContent]())
  /// Files of several splits are read once.
  private let whole = Mutex((part: Part, choice: SplitChoice)?.none)
  /// The images of the splits that were read, for a second look without the annotations.
  private let listed = Mutex([String: Selection]())

  /// Looks for files, and which are of the same pictures; names and folders say most.
  init(_ place: DatasetPlace, options: ReadingOptions) {
    self.place = place
    seed = options.splitSeed
    let finder = ImageFinder(place, imageFolder: options.imageFolder)
    var known: [String: COCOContent] = [:]
    let found = place.file.map(COCOFiles.init(file:)) ?? COCOFiles(place)
    unread = JSONLabels.unread(found.passedOver, of: place)
    files =
      place.file != nil
      ? found
      : found.joined(of: place) { candidates in
        // One that cannot be read says so when its split is.
        let sources = candidates.compactMap { file, split -> Source? in
          guard let content = try? COCOContent(file), content.missingLists.isEmpty else {
            return nil
          }
          return Source(content, of: file, splits: [split], in: place)
        }
        let groups = Self.ofSamePictures(sources, finder: finder)
        for source in sources
        where groups.contains(where: { $0.count > 1 && $0.contains(source.file) }) {
          known[source.file] = source.content
        }
        return groups
      }.shortened()
    self.finder = finder
    contents.withLock { [known] in $0 = known }
  }

  /// Groups files that share pictures. One whose pictures and classes another has as well is a
  /// split of its own, as `mini.json` beside `all.json`.
  private static func ofSamePictures(_ sources: [Source], finder: ImageFinder) -> [[String]] {
    let all = Selection(allOf: sources)
    let same = SamePictures(all, finder: finder)
    var pictures = [Set<Int>](repeating: [], count: sources.count)
    for (image, picture) in zip(all.chosen, same.ofImage) {
      pictures[image.source].insert(picture)
    }
    let classes = sources.map(\.content.usedNames)
    var groups: [[Int]] = []
    for source in sources.indices {
      func belongs(to other: Int) -> Bool {
        !pictures[source].isDisjoint(with: pictures[other])
          && !(pictures[source].isSubset(of: pictures[other])
            && classes[source].isSubset(of: classes[other]))
          && !(pictures[other].isSubset(of: pictures[source])
            && classes[other].isSubset(of: classes[source]))
      }
      let (near, far) = (
        groups.filter { $0.contains(where: belongs) },
        groups.filter { !$0.contains(where: belongs) }
      )
      groups = far + [near.flatMap(\.self) + [source]]
    }
    return groups.map { $0.sorted().map { sources[$0].file } }
  }

  /// The names of the splits, sorted.
  func names() throws -> [String] {
    try files.whole.isEmpty ? files.splits.keys.sorted() : allOfWhole().choice.names
  }

  /// Says whether a seed chooses.
  func isSeeded() throws -> Bool {
    try !files.whole.isEmpty && allOfWhole().choice.isSeeded
  }

  /// The images of a split, with their files' content.
  ///
  /// - Throws: ``DatasetError/unknownSplit(path:split:known:)``, `FileError`.
  func part(of split: String) throws -> Part {
    var part: Part
    if files.whole.isEmpty {
      guard let own = files.splits[split] else {
        throw DatasetError.unknownSplit(path: place.path, split: split, known: try names())
      }
      part = try pictures(of: own, split: split)
    } else {
      let (all, choice) = try allOfWhole()
      part = Part(
        sources: all.sources.map {
          Source($0.content, of: $0.file, splits: [split], in: place)
        })
      part.pictures = choice[split].map { all.pictures[$0] }
      part.outsiders = choice.outsiders.map { all.pictures[$0] }
      part.choice = choice
    }
    var images: [Image] = []
    for picture in [part.pictures, part.outsiders].joined() { images += picture.images }
    let selection = Selection(files: part.sources.map(\.images), chosen: images)
    listed.withLock { $0[split] = selection }
    return part
  }

  /// The images of a split without their objects, and behind them those that are in none.
  func listedImages(of split: String) throws -> [AnnotatedImage] {
    if let known = listed.withLock({ $0[split] }) { return Array(known) }
    _ = try part(of: split)
    return listed.withLock { $0[split] }.map(Array.init) ?? []
  }

  /// All pictures of files of several splits, and which are in which.
  private func allOfWhole() throws -> (part: Part, choice: SplitChoice) {
    if let known = whole.withLock({ $0 }) { return known }
    let part = try pictures(of: files.whole, split: "")
    let names = part.pictures.map { part.sources[$0.first.source].images[$0.first.number].written }
    let paths = LabelEntries.withoutSharedRoot(names)
    let folders = SplitFolders(paths)
    let read = (part, SplitChoice(paths.map(folders.split), seed: seed))
    whole.withLock { $0 = read }
    return read
  }

  private func pictures(of files: [String], split: String) throws -> Part {
    let sources = try files.map { file in
      let content = try contents.withLock { $0.removeValue(forKey: file) } ?? COCOContent(file)
      let own = COCOFiles.split(named: file)
      return Source(content, of: file, splits: own == split ? [split] : [split, own], in: place)
    }
    let all = Selection(allOf: sources)
    let groups = SamePictures(all, finder: finder).groups
    return Part(
      sources: sources, pictures: groups.compactMap { Picture($0.map { all.chosen[$0] }) })
  }
}

extension COCOSplits.Source {
  /// - Parameters:
  ///   - content: of the file.
  ///   - file: its path.
  ///   - splits: images are looked for in folders of these names, too.
  ///   - place: the dataset.
  fileprivate init(
    _ content: COCOContent, of file: String, splits: [String], in place: DatasetPlace
  ) {
    self.file = file
    self.content = content
    let folders =
      [file.parentFolder]
      + splits.filter { !$0.isEmpty }.flatMap {
        ["\(place.folder)/\($0)", "\(place.folder)/images/\($0)"]
      } + ["\(place.folder)/images", place.folder]
    images = COCOSplits.Images(images: content.images, file: file, folders: folders)
  }
}

extension COCOSplits.Selection {
  fileprivate init(allOf sources: [COCOSplits.Source]) {
    files = sources.map(\.images)
    chosen = sources.indices.flatMap { source in
      sources[source].images.indices.map { COCOSplits.Image(source: source, number: $0) }
    }
  }
}
