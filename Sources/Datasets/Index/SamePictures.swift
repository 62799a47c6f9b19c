import Files
import Foundation
import MultiBox

/// Which images of several label files are one picture, as where each file has the boxes of one
/// class.
///
/// Within one file nothing is joined: a picture that stands there twice is a mistake.
struct SamePictures: Sendable {
  /// For each picture the numbers of its images, in the order of the first.
  let groups: [[Int]]
  /// For each image the number of its picture.
  let ofImage: [Int]

  /// Looks where the pictures are, but only for names that several files have.
  ///
  /// - Parameters:
  ///   - images: of all files; their objects do not matter.
  ///   - finder: finds the pictures.
  init(_ images: [AnnotatedImage], finder: ImageFinder) {
    guard images.contains(where: { $0.annotation != images[0].annotation }) else {
      groups = images.indices.map { [$0] }
      ofImage = Array(images.indices)
      return
    }
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
    let asked = images.indices.filter { names[$0].map(shared.contains) ?? false }
    let found = concurrentMap(
      count: asked.count, threadCount: ProcessInfo.processInfo.activeProcessorCount
    ) { finder.path(of: images[asked[$0]]) }
    var keys = [String?](repeating: nil, count: images.count)
    for (index, path) in zip(asked, found) { keys[index] = path ?? Self.place(of: images[index]) }
    var numbers: [String: Int] = [:]
    var times: [String: [String: Int]] = [:]
    var groups: [[Int]] = []
    var ofImage: [Int] = []
    for (index, key) in keys.enumerated() {
      var number = groups.count
      if let key {
        // The second time in a file is of the second time in another.
        let time = times[images[index].annotation]?[key] ?? 0
        times[images[index].annotation, default: [:]][key] = time + 1
        let known = "\(time) \(key)"
        number = numbers[known] ?? number
        numbers[known] = number
      }
      if number == groups.count { groups.append([]) }
      groups[number].append(index)
      ofImage.append(number)
    }
    self.groups = groups
    self.ofImage = ofImage
  }

  /// The name of a picture's file without folders, as far as it tells pictures apart.
  private static func name(of image: AnnotatedImage) -> String? {
    let path: String
    switch image.picture {
    case .file(let file): path = file
    case .written(let written, _): path = written.replacingOccurrences(of: "\\", with: "/")
    case .embedded, .generated: return nil
    }
    let name = path.lastPart
    return name.isEmpty
      ? nil
      : (name.isImagePath ? name.withoutExtension : name).precomposedStringWithCanonicalMapping
        .lowercased()
  }

  /// Where a picture that is not there would be.
  private static func place(of image: AnnotatedImage) -> String? {
    guard case .written(let written, let folders) = image.picture else { return nil }
    return "\(folders.first ?? image.annotation.parentFolder)/\(written)".absolutePath
  }
}

extension AnnotatedImage {
  /// The image with what other label files say of its picture; nil, with problems, where one of
  /// them is not understood or says another size.
  ///
  /// An object that stands in two files is taken once, and told. So is a class: two files that have
  /// it in one picture are two versions, as of two people, whose boxes differ by some pixels.
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
    for other in understood.dropFirst() {
      if let size = other.size, let own = joined.size, size != own {
        report.add(
          .unreadableAnnotation, other.annotation,
          "\(other.written): \(size.width) × \(size.height), and \(joined.annotation) says"
            + " \(own.width) × \(own.height)")
        return nil
      }
      joined.size = joined.size ?? other.size
      joined.isUnlabeled = joined.isUnlabeled && other.isUnlabeled
      var new: [AnnotatedObject] = []
      for var object in other.objects {
        if let file = known[object.identity] {
          report.add(
            .duplicate, other.annotation,
            "\(object.place): \(object.written) a second time, as in \(file)")
        } else if isOfOneFile, let file = fileOfClass[object.label] {
          report.add(
            .duplicate, other.annotation,
            "\(object.place): \(object.written); \(file) has its class in \(other.written) as"
              + " well, and counts")
        } else {
          // The report names the first file.
          object.place = "\(other.annotation.lastPart), \(object.place)"
          new.append(object)
        }
      }
      joined.objects += new
      take(new, of: other.annotation)
    }
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
