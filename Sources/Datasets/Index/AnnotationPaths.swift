import Files
import Foundation
import ImageFiles

/// Which label file belongs to which image, where they have one name: beside each other, or in
/// folders of their own.
///
/// An image takes the file beside it, else the one of its name whose folders are most like its own.
/// A file goes to the images that it is most like: `testing/7.png` does not get
/// `training/labels/7.txt`.
struct AnnotationPaths: Sendable {
  /// A label file that no image takes.
  struct Unused: Sendable, Hashable {
    let path: String
    /// An image of its name that has another one.
    let taken: String?
  }

  private var ofImage: [String: String] = [:]
  /// Images with several label files that are equally near, and those.
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
  init(images: [String], labels: [String]) {
    var exact: [String: String] = [:]
    var byName: [String: [String]] = [:]
    let stems = Set(images.lazy.map { Self.key($0.withoutExtension) })
    for label in labels.sorted() {
      let key = Self.key(label.withoutExtension)
      exact[key] = label
      if !stems.contains(key) {
        byName[Self.key(label.lastPart.withoutExtension), default: []].append(label)
      }
    }
    var takers: [String: [(image: String, likeness: Int)]] = [:]
    var ofName: [String: String] = [:]
    for image in images {
      let name = Self.key(image.lastPart.withoutExtension)
      ofName[name] = image
      if let beside = exact[Self.key(image.withoutExtension)] {
        ofImage[image] = beside
        continue
      }
      let candidates = (byName[name] ?? []).compactMap { label in
        Self.likeness(image, label).map { (label: label, likeness: $0) }
      }
      guard let best = candidates.map(\.likeness).max() else { continue }
      let nearest = candidates.filter { $0.likeness == best }
      if nearest.count == 1 {
        takers[nearest[0].label, default: []].append((image, best))
      } else {
        ambiguous[image] = nearest.map(\.label)
      }
    }
    for (label, images) in takers {
      let best = images.map(\.likeness).max()
      for entry in images where entry.likeness == best { ofImage[entry.image] = label }
    }
    let used = Set(ofImage.values).union(ambiguous.values.joined())
    unused = labels.filter { !used.contains($0) }.sorted().map {
      Unused(path: $0, taken: ofName[Self.key($0.lastPart.withoutExtension)])
    }
  }

  /// The label file of an image; nil without one, and where several are equally near.
  func path(for image: String) -> String? { ofImage[image] }

  /// How many folders two paths share; nil where their folders are different splits.
  private static func likeness(_ image: String, _ label: String) -> Int? {
    let (a, b) = (image.split(separator: "/").dropLast(), label.split(separator: "/").dropLast())
    let splits = [a, b].map { folders in folders.first { SplitFolders.isUsual(String($0)) } }
    if let first = splits[0], let second = splits[1], first.lowercased() != second.lowercased() {
      return nil
    }
    if b.isEmpty || a.isEmpty { return 0 }
    let own = Set(a)
    return b.count { own.contains($0) }
  }

  private static func key(_ name: String) -> String { name.precomposedStringWithCanonicalMapping }
}
