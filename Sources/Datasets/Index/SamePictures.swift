import Files
import MultiBox

/// Which images of label files are one picture: several files may have the boxes of one class each,
/// and one file may have an entry for each of its objects.
struct SamePictures: Sendable {
  /// For each picture the numbers of its images, in the order of the first.
  let groups: GroupedIndices
  /// For each image the number of its picture.
  let ofImage: [Int]

  /// Looks where the pictures are, but only for names that several files have: within a file one
  /// picture is one name.
  ///
  /// - Parameters:
  ///   - images: of all files; their objects do not matter.
  ///   - finder: finds the pictures.
  init<Images: RandomAccessCollection<AnnotatedImage> & Sendable>(
    _ images: Images, finder: ImageFinder
  ) where Images.Index == Int {
    // For each image the number of the first one of its picture.
    var (first, areOfSeveralFiles) = Self.firstOfFile(images)
    if areOfSeveralFiles {
      var ofPath: [String: Int] = [:]
      var files: [Int: Set<String>] = [:]
      for (index, path) in Self.sharedPaths(images, first, finder: finder) {
        let shared = ofPath[path] ?? index
        ofPath[path] = shared
        // Two names of one file may mean two pictures, of which one is gone.
        if files[shared, default: []].insert(images[index].annotation).inserted {
          first[index] = shared
        }
      }
      // An image's first of its file has one of another.
      for index in images.indices { first[index] = first[first[index]] }
    }
    var count = 0
    // In the place of the first, which is not needed when its number is known.
    for index in first.indices {
      if first[index] == index {
        first[index] = count
        count += 1
      } else {
        first[index] = first[first[index]]
      }
    }
    ofImage = first
    groups = GroupedIndices(first.lazy.map { Optional($0) }, count: count)
  }

  /// Where a name means one picture: a file, and the first folder where it is looked for.
  private struct Scope: Hashable {
    let file: String
    let folder: String?
  }

  /// For each image the number of the first one that its file writes alike, and whether several
  /// files have pictures that others may have too.
  private static func firstOfFile(
    _ images: some Collection<AnnotatedImage>
  ) -> (first: [Int], areOfSeveralFiles: Bool) {
    // One file may name a million: its path is not compared with each of them.
    var known: [Scope: Int] = [:]
    var numbers: [[String: Int]] = []
    var last: (scope: Scope, number: Int)?
    let first = images.enumerated().map { index, image in
      let (name, scope): (String, Scope)
      switch image.picture {
      case .file(let path): (name, scope) = (path, Scope(file: image.annotation, folder: nil))
      case .written(let written, let folders) where !written.isEmpty:
        (name, scope) = (written, Scope(file: image.annotation, folder: folders.first))
      case .written, .embedded, .generated: return index
      }
      let number: Int
      if let last, last.scope == scope {
        number = last.number
      } else {
        number = known[scope] ?? numbers.count
        if number == numbers.count { numbers.append([:]) }
        known[scope] = number
        last = (scope, number)
      }
      if let first = numbers[number][name] { return first }
      numbers[number][name] = index
      return index
    }
    return (first, Set(known.keys.map(\.file)).count > 1)
  }

  /// The paths of pictures whose names several files have, of the first image of each file.
  private static func sharedPaths<Images: RandomAccessCollection<AnnotatedImage> & Sendable>(
    _ images: Images, _ first: [Int], finder: ImageFinder
  ) -> [(index: Int, path: String)] where Images.Index == Int {
    var fileOfName: [String: String] = [:]
    var shared: Set<String> = []
    let names = images.map(Self.name)
    for (image, name) in zip(images, names) {
      guard let name else { continue }
      if fileOfName.updateValue(image.annotation, forKey: name) ?? image.annotation
        != image.annotation
      {
        shared.insert(name)
      }
    }
    let asked = images.indices.filter {
      first[$0] == $0 && names[$0].map(shared.contains) ?? false
    }
    let found = concurrentMap(
      count: asked.count, threadCount: AvailableProcessors.count
    ) { number in
      let image = images[asked[number]]
      return finder.path(of: image) ?? Self.place(of: image)
    }
    return zip(asked, found).compactMap { index, path in path.map { (index, $0) } }
  }

  /// The name of a picture's file without folders, as far as it tells pictures apart.
  private static func name(of image: AnnotatedImage) -> String? {
    let path: String
    switch image.picture {
    case .file(let file): path = file
    case .written(let written, _): path = written.withSlashes
    case .embedded, .generated: return nil
    }
    let name = path.lastPart
    return name.isEmpty
      ? nil
      : (name.isImagePath ? name.withoutExtension : name).composed
        .lowercased()
  }

  /// Where a picture that is not there would be.
  private static func place(of image: AnnotatedImage) -> String? {
    guard case .written(let written, let folders) = image.picture else { return nil }
    return "\(folders.first ?? image.annotation.parentFolder)/\(written)".absolutePath
  }
}

extension AnnotatedImage {
  /// The image with what other label files, or other entries of its own, say of its picture; nil,
  /// with problems, where one of them is not understood or says another size.
  ///
  /// An object that stands in two of them is taken once, and told. So is a class of two files:
  /// files that have it in one picture are two versions, as of two people, whose boxes differ by
  /// some pixels.
  ///
  /// - Parameters:
  ///   - images: of one picture; nil for one that is not understood.
  ///   - isOfOneFile: says that the objects of a class are all in one file; false takes those of
  ///     all files, as of the rows of a table that was cut.
  ///   - report: takes what was left out.
  static func joined(
    _ images: [AnnotatedImage?], eachClassOfOneFile isOfOneFile: Bool = true,
    report: inout DatasetReport
  ) -> AnnotatedImage? {
    // Mostly one is all: nothing stands twice, and nothing is to be looked up.
    guard images.count > 1 else { return images.first.flatMap(\.self) }
    let understood = images.compactMap(\.self)
    guard var joined = understood.first, understood.count == images.count else { return nil }
    var known: [AnnotatedObject: String] = [:]
    var fileOfClass: [AnnotatedObject.Label: String] = [:]
    func take(_ objects: [AnnotatedObject], of file: String) {
      for object in objects where known[object.identity] == nil { known[object.identity] = file }
      for object in objects where fileOfClass[object.label] == nil {
        fileOfClass[object.label] = file
      }
    }
    take(joined.objects, of: joined.annotation)
    var files: Set = [joined.annotation]
    var isAddedTo = false
    for other in understood.dropFirst() {
      let isOfNewFile = files.insert(other.annotation).inserted
      if let size = other.size, let own = joined.size, size != own {
        report.add(
          .unreadableAnnotation, other.annotation,
          "\(other.written): \(size.width) × \(size.height), and \(joined.annotation) says"
            + " \(own.width) × \(own.height)")
        return nil
      }
      joined.size = joined.size ?? other.size
      joined.isUnlabeled = joined.isUnlabeled && other.isUnlabeled
      if !isOfNewFile, other.objects.allSatisfy({ known[$0.identity] != nil }) {
        var file = other.written
        if case .file(let path) = other.picture { file = path }
        report.add(.duplicate, file, "an image of \(other.annotation) that stands there twice")
        continue
      }
      isAddedTo = isAddedTo || !isOfNewFile
      var new: [AnnotatedObject] = []
      for var object in other.objects {
        if let file = known[object.identity] {
          report.add(
            .duplicate, other.annotation,
            "\(object.place): \(object.written) a second time, as in \(file)")
        } else if isOfOneFile, let file = fileOfClass[object.label], file != other.annotation {
          report.add(
            .duplicate, other.annotation,
            "\(object.place): \(object.written); \(file) has its class in \(other.written) as"
              + " well, and counts")
        } else {
          // The report names the first file.
          if other.annotation != joined.annotation {
            object.place = "\(other.annotation.lastPart), \(object.place)"
          }
          new.append(object)
        }
      }
      joined.objects += new
      take(new, of: other.annotation)
    }
    if isAddedTo { report.add(.joinedImage) }
    return joined
  }

  /// The image with classes that are called otherwise.
  func relabeled(
    _ label: (AnnotatedObject.Label) -> AnnotatedObject.Label
  ) -> AnnotatedImage {
    var image = self
    for index in image.objects.indices {
      image.objects[index].label = label(image.objects[index].label)
    }
    return image
  }

  /// The picture as the file has it.
  var written: String {
    guard case .written(let written, _) = picture else { return name }
    return written
  }
}

extension AnnotatedObject {
  /// Class and box, wherever they stand.
  fileprivate var identity: AnnotatedObject {
    var copy = self
    copy.place = ""
    copy.written = ""
    copy.area = nil
    copy.boxArea = nil
    return copy
  }
}
