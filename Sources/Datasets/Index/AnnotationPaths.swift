import Files
import Foundation
import ImageFiles

/// Which label file belongs to which image, where they have one name: beside each other, or in
/// folders of their own.
///
/// An image takes the file beside it, else the one of its name whose folders are most like its own.
/// A file goes to the images that it is most like: `testing/7.png` does not get
/// `training/labels/7.txt`; of several to the one of the name that is written in it:
/// `images/a.jpg`, and not the mask `masks/a.png`, nor one beside the file.
struct AnnotationPaths: Sendable {
  /// A label file that no image takes.
  struct Unused: Sendable, Hashable {
    let path: String
    /// An image of its name that has another one.
    let taken: String?
  }

  private var ofImage: [String: String] = [:]
  /// Images with several label files that are equally near, and the first of those.
  private(set) var ambiguous: [String: [String]] = [:]
  /// The label files that no image takes, sorted.
  private(set) var unused: [Unused] = []

  /// - Parameters:
  ///   - files: paths below one folder, of images as well.
  ///   - ending: of label files, in lower case.
  init(_ files: [String], ending: String = "xml") {
    self.init(
      images: files.filter(\.isImagePath), labels: files.filter { $0.fileExtension == ending })
  }

  /// - Parameters:
  ///   - images: paths below one folder.
  ///   - labels: paths of label files below the same folder.
  ///   - named: the name of the image, without folders, that label files have in them; nothing of
  ///     those that have none.
  ///   - foldsCase: pairs what is left on both sides without upper and lower case, as `A.JPG` with
  ///     `a.xml`.
  init(
    images: [String], labels: [String], named: [String: String] = [:], foldsCase: Bool = true
  ) {
    var exact: [String: String] = [:]
    var byName: [String: [(label: String, folder: Int)]] = [:]
    var numbers: [String: Int] = [:]
    var folders: [Folder] = []
    let stems = Set(images.lazy.map { Self.key($0.withoutExtension) })
    for label in labels.sorted() {
      let key = Self.key(label.withoutExtension)
      exact[key] = label
      if !stems.contains(key) {
        let folder = numbers[label.parentFolder] ?? folders.count
        if folder == folders.count {
          numbers[label.parentFolder] = folder
          folders.append(Folder(of: label))
        }
        byName[Self.key(label.lastPart.withoutExtension), default: []].append((label, folder))
      }
    }
    var takers: [String: [(image: String, likeness: Int)]] = [:]
    var ofName: [String: String] = [:]
    var contested: Set<String> = []
    // Of a thousand sequences that number their images alike each pair of folders is compared once.
    var current: Likenesses?
    let photographs = Self.photographs(images, exact: exact, named: named)
    let masked = Set(photographs.values)
    // Pairs of folders, of images as masks that label files of the other have passed over for those
    // that they name.
    var passedOver: Set<[String]> = []
    for image in images {
      let name = Self.key(image.lastPart.withoutExtension)
      ofName[name] = image
      if let beside = exact[Self.key(image.withoutExtension)] {
        if masked.contains(beside) {
          passedOver.insert([beside.parentFolder, image.parentFolder])
        } else {
          ofImage[image] = beside
        }
        continue
      }
      if let label = photographs[image] {
        let likeness = Folder(of: image).likeness(to: Folder(of: label)) ?? 0
        takers[label] = [(image, likeness)]
        continue
      }
      let path = image.parentFolder
      if current?.path != path { current = Likenesses(path: path, folder: Folder(of: image)) }
      var candidates: [(label: String, likeness: Int)] = []
      for entry in byName[name] ?? [] {
        if let likeness = current?.likeness(to: entry.folder, of: folders) {
          candidates.append((entry.label, likeness))
        }
      }
      guard let best = candidates.map(\.likeness).max() else { continue }
      let nearest = candidates.filter { $0.likeness == best }
      if nearest.count == 1 {
        takers[nearest[0].label, default: []].append((image, best))
      } else {
        contested.formUnion(nearest.lazy.map(\.label))
        ambiguous[image] =
          nearest.prefix(Self.shownLabels).map(\.label)
          + (nearest.count > Self.shownLabels ? ["…"] : [])
      }
    }
    func isNamed(_ image: String, in label: String) -> Bool {
      named[label].map { Self.folded($0) == Self.folded(image.lastPart) } ?? false
    }
    for (label, images) in takers {
      guard images.count > 1 else {
        for entry in images { ofImage[entry.image] = label }
        continue
      }
      let labelFolder = Folder(of: label)
      let ranks = images.map {
        (
          Folder(of: $0.image).ownLikeness(to: labelFolder), isNamed($0.image, in: label) ? 1 : 0,
          $0.likeness
        )
      }
      guard let best = ranks.max(by: <) else { continue }
      // Of several in one folder the reader of the file says which it is.
      let chosen = Set(zip(images, ranks).filter { $0.1 == best }.map(\.0.image.parentFolder))
      for (entry, rank) in zip(images, ranks) {
        if chosen.contains(entry.image.parentFolder) {
          ofImage[entry.image] = label
        } else if rank.0 == best.0, rank.1 < best.1 {
          passedOver.insert([label.parentFolder, entry.image.parentFolder])
        }
      }
    }
    for (image, label) in ofImage where !passedOver.isEmpty {
      if let name = named[label], name.fileExtension != image.fileExtension,
        passedOver.contains([label.parentFolder, image.parentFolder])
      {
        ofImage[image] = nil
      }
    }
    removeStrangers(likenesses: takers)
    let used = contested.union(ofImage.values)
    unused = labels.filter { !used.contains($0) }.sorted().map {
      Unused(path: $0, taken: ofName[Self.key($0.lastPart.withoutExtension)])
    }
    if foldsCase { pairWithoutCase(images) }
  }

  /// Images that label files name though another of their stem lies beside the file, as a mask
  /// does: those that have no file beside them, in folders that are not those of another set or
  /// split. `train/a.png`, converted from `a.jpg`, keeps its file where `images/a.jpg` is there.
  ///
  /// - Parameters:
  ///   - images: paths below one folder.
  ///   - exact: label files by their paths without ending.
  ///   - named: the name of the image that label files have in them.
  /// - Returns: the label file of each.
  private static func photographs(
    _ images: [String], exact: [String: String], named: [String: String]
  ) -> [String: String] {
    guard !named.isEmpty else { return [:] }
    let ofStem = Dictionary(grouping: images) { key($0.withoutExtension) }
    let ofName = Dictionary(grouping: images) { folded($0.lastPart) }
    var labels: [String: [String]] = [:]
    for (label, name) in named {
      guard let beside = ofStem[key(label.withoutExtension)],
        !beside.contains(where: { folded($0.lastPart) == folded(name) }),
        folded(name.withoutExtension) == folded(label.lastPart.withoutExtension)
      else { continue }
      let folder = Folder(of: label)
      let found = (ofName[folded(name)] ?? []).filter {
        exact[key($0.withoutExtension)] == nil && Folder(of: $0).isOfAll(beside: folder)
      }
      if found.count == 1 { labels[found[0], default: []].append(label) }
    }
    // Two that name one image both keep what lies beside them.
    return labels.filter { $1.count == 1 }.mapValues { $0[0] }
  }

  /// Pairs images without a label file with files whose name no image has.
  private mutating func pairWithoutCase(_ images: [String]) {
    func folded(_ paths: [String]) -> [String: String] {
      // Of two that differ in nothing else nobody knows which is meant.
      Dictionary(grouping: paths) { $0.lowercased() }.filter { $1.count == 1 }.mapValues { $0[0] }
    }
    let labels = folded(unused.filter { $0.taken == nil }.map(\.path))
    guard !labels.isEmpty else { return }
    let left = folded(images.filter { ofImage[$0] == nil && ambiguous[$0] == nil })
    let pairs = AnnotationPaths(
      images: left.keys.sorted(), labels: labels.keys.sorted(), foldsCase: false)
    for (image, label) in pairs.ofImage {
      if let image = left[image] { ofImage[image] = labels[label] }
    }
    for (image, several) in pairs.ambiguous {
      if let image = left[image] { ambiguous[image] = several.map { labels[$0] ?? $0 } }
    }
    let stillUnused = Set(pairs.unused.map(\.path))
    let used = Set(labels.lazy.filter { !stillUnused.contains($0.key) }.map(\.value))
    unused.removeAll { used.contains($0.path) }
  }

  /// Two folders that both have a counterpart do not share labels: an image that nobody labelled
  /// does not get the file of another camera's image. Nor does a file that lies among the images of
  /// its folder go to one in a folder beside that.
  private mutating func removeStrangers(likenesses: [String: [(image: String, likeness: Int)]]) {
    let links = ofImage.map { image, label in
      (
        image: image, from: image.parentFolder, to: label.parentFolder,
        likeness: likenesses[label]?.first { $0.image == image }?.likeness ?? .max
      )
    }
    func best(_ folders: [String]) -> [String: Int] {
      Dictionary(zip(folders, links.map(\.likeness)), uniquingKeysWith: max)
    }
    let paired = Set(links.lazy.filter { $0.likeness == .max }.map(\.to))
    let (ofImages, ofLabels) = (best(links.map(\.from)), best(links.map(\.to)))
    for link in links
    where link.likeness < .max
      && (link.likeness < ofImages[link.from] ?? 0 && link.likeness < ofLabels[link.to] ?? 0
        || paired.contains(link.to) && !Self.isNested(link.from, link.to))
    {
      ofImage[link.image] = nil
    }
  }

  /// Says that one of two folders is in the other.
  private static func isNested(_ a: String, _ b: String) -> Bool {
    a == "." || b == "." || a.hasPrefix(b + "/") || b.hasPrefix(a + "/")
  }

  /// Images that have their label file with others of their folder and stem: `a.jpg` and `a.png`
  /// with `a.txt`. For each all of them, sorted.
  ///
  /// - Parameters:
  ///   - images: their paths.
  ///   - label: the label file of an image; nil without one.
  static func twins(
    _ images: some Sequence<String>, label: (String) -> String?
  ) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for group in Dictionary(grouping: Set(images), by: \.withoutExtension).values
    where group.count > 1 {
      for (file, twins) in Dictionary(grouping: group, by: label)
      where file != nil && twins.count > 1 {
        for image in twins { result[image] = twins.sorted() }
      }
    }
    return result
  }

  /// Says that nobody knows which of several images a label file is of.
  static func reason(twins: [String]) -> String {
    let names = twins.map(\.lastPart).joined(separator: " and of ")
    return "the label file of \(names): each gets its objects"
  }

  /// The label file of an image; nil without one, and where several are equally near.
  func path(for image: String) -> String? { ofImage[image] }

  /// Of label files that are equally near a message names these.
  private static let shownLabels = 4

  /// The folders that a file is in.
  private struct Folder {
    private let parts: [Substring]
    private let split: String?

    init(of path: String) {
      parts = Array(path.split(separator: "/").dropLast())
      split = parts.first { SplitFolders.isUsual(String($0)) }.map { Self.plain($0.lowercased()) }
    }

    /// `train` of `train_images` and `train_labels`.
    private static func plain(_ split: String) -> String {
      split.split { "_- ".contains($0) }.filter { !SplitFolders.neutral.contains(String($0)) }
        .joined(separator: "_")
    }

    /// How many of a label's folders are those of an image; nil where they are of different splits.
    func likeness(to label: Folder) -> Int? {
      if let split, let other = label.split, split != other { return nil }
      return label.parts.count(where: parts.contains)
    }

    /// Says that an image's folders are a label's too, but for those that any file may be in.
    func isOfAll(beside label: Folder) -> Bool {
      split == label.split
        && parts.allSatisfy {
          label.parts.contains($0) || SplitFolders.neutral.contains($0.lowercased())
        }
    }

    /// How many of a label's folders are those of an image, without those that any file may be in.
    func ownLikeness(to label: Folder) -> Int {
      label.parts.count {
        parts.contains($0) && !SplitFolders.neutral.contains($0.lowercased())
      }
    }
  }

  /// A folder of images and what it has in common with folders of labels.
  private struct Likenesses {
    let path: String
    let folder: Folder
    private var known: [Int: Int?] = [:]

    init(path: String, folder: Folder) {
      self.path = path
      self.folder = folder
    }

    /// - Parameter number: of one of the folders.
    mutating func likeness(to number: Int, of folders: [Folder]) -> Int? {
      if let known = known[number] { return known }
      let likeness = folder.likeness(to: folders[number])
      known[number] = .some(likeness)
      return likeness
    }
  }

  private static func key(_ name: String) -> String { name.composed }

  private static func folded(_ name: String) -> String { key(name.lowercased()) }
}
