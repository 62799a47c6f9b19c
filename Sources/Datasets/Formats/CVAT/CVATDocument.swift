import Files
import Foundation
import MultiBox

/// What one of CVAT's XML files says, of images or of a video.
struct CVATDocument: Sendable {
  /// An image, or a frame of a video.
  struct Frame: Sendable {
    /// As the file names it; a frame of a video has the name that CVAT saves it under.
    var name: String
    /// Of a frame of a video, from 0.
    var number: Int?
    /// The path of its picture, where that has another name than CVAT's.
    var picture: String?
    /// What is known of a picture that is not found.
    var absence: String?
    var subset: String?
    var size: PixelSize?
    var objects: [AnnotatedObject] = []
    /// What was changed, and what was not understood.
    var report = DatasetReport()
  }

  /// The file.
  let path: String
  /// In the order of the file; those of a video by their numbers.
  private(set) var frames: [Frame] = []
  /// The labels that can have a box, in the order of the project; nil where the file lists none.
  private(set) var labels: [String]?
  /// Whether the frames are those of a video, where a frame that is not named has no objects.
  private(set) var isVideo = false
  /// The subset of the whole task, where it has one.
  private(set) var subset: String?
  /// The number of the last frame of a video; nil where the file does not say it.
  private(set) var lastFrame: Int?

  /// Reads a file, element by element: such files reach hundreds of megabytes.
  ///
  /// - Throws: `FileError` with the line.
  init(contentsOf path: String) throws {
    self.path = path
    var current = Frame(name: "")
    var images: [Frame] = []
    var ofVideo: [Int: Frame] = [:]
    var meta: XMLTree?
    // Of the image or track that is being read: shapes inside of something else.
    var strays: [XMLTree] = []
    let root: XMLTree
    let data = try InputFile.contents(path)
    do throws(XMLError) {
      root = try XMLTree(
        data, handingOver: CVATShape.elements.union(["meta", "image", "track"])
      ) { (element: XMLTree, parent: XMLTree?) throws(XMLError) in
        func changeFrame(
          of element: XMLTree, in track: XMLTree?, _ body: (inout Frame) -> Void
        ) throws(XMLError) {
          guard let number = element.attributes["frame"].flatMap({ Int($0) }), number >= 0 else {
            throw XMLError(
              line: element.line,
              reason: "<\(element.name)>: frame: expected a number from 0, found"
                + " \(element.attributes["frame"] ?? "none")")
          }
          var frame = ofVideo[number] ?? Frame(name: Self.frameName(number), number: number)
          frame.subset = frame.subset ?? track?.attributes["subset"]
          body(&frame)
          ofVideo[number] = frame
        }
        switch (element.name, parent?.name) {
        case ("meta", _):
          meta = meta ?? element
          strays = []
        case ("image", _):
          current.take(element)
          if current.name.isEmpty {
            throw XMLError(line: element.line, reason: "<image>: expected a name, found none")
          }
          for stray in strays + element.otherShapes { current.refuse(stray, path) }
          strays = []
          images.append(current)
          current = Frame(name: "")
        case ("track", _):
          for stray in strays + element.otherShapes {
            try changeFrame(of: stray, in: element) { $0.refuse(stray, path) }
          }
          strays = []
        case (_, "image"):
          current.add(element, label: element.attributes["label"], path)
        case (_, "track"):
          // Not to be seen in this frame.
          if element.attributes["outside"] == "1" { return }
          try changeFrame(of: element, in: parent) {
            $0.add(element, label: parent?.attributes["label"], path)
          }
        // The points of a skeleton are no objects of their own.
        case (_, "skeleton"): break
        default: strays.append(element)
        }
      }
    } catch {
      throw FileError(path: path, reason: "\(error)")
    }
    guard root.name == "annotations" else {
      throw FileError(
        path: path, reason: "line \(root.line): expected <annotations>, found <\(root.name)>")
    }
    read(meta)
    isVideo = !ofVideo.isEmpty || (images.isEmpty && videoSize != nil)
    frames =
      images
      + ofVideo.sorted { $0.key < $1.key }.map { _, frame in
        var frame = frame
        frame.size = videoSize
        return frame
      }
  }

  private var videoSize: PixelSize?

  /// The name that CVAT saves a frame under, without ending.
  static func frameName(_ number: Int) -> String {
    let digits = "\(number)"
    return "frame_" + String(repeating: "0", count: max(6 - digits.count, 0)) + digits
  }

  /// Whether the start of a file is one of CVAT's.
  static func isPlausible(_ path: String) -> Bool {
    guard let data = try? InputFile.contents(path) else { return false }
    // In UTF-16 every second byte is 0.
    let start = Data(data.prefix(1 << 14).filter { $0 != 0 })
    func holds(_ text: String) -> Bool { start.range(of: Data(text.utf8)) != nil }
    return holds("<annotations") && ["<meta", "<image ", "<track "].contains(where: holds)
  }

  private mutating func read(_ meta: XMLTree?) {
    guard let meta else { return }
    // A task, a job or a project; a project holds its tasks.
    let parts = meta.children + meta.children.compactMap { $0["tasks"] }.flatMap(\.children)
    if let list = parts.lazy.compactMap({ $0["labels"] }).first {
      labels = list.all("label").filter { label in
        // Sublabels of a skeleton, and labels that only other shapes can have.
        label["parent"] == nil
          && !["tag", "points", "polyline", "skeleton"].contains(label["type"]?.trimmedText)
      }.compactMap { $0["name"]?.trimmedText }
    }
    // Images of a project have their own.
    if meta["project"] == nil {
      subset = parts.lazy.compactMap { $0["subset"]?.trimmedText }.first { !$0.isEmpty }
    }
    lastFrame =
      parts.lazy.compactMap { $0["stop_frame"] }.compactMap { Int($0.trimmedText) }.first
      ?? parts.lazy.compactMap { $0["size"] }.compactMap { Int($0.trimmedText) }.first.map {
        $0 - 1
      }
    let original = ([meta] + parts).lazy.compactMap { $0["original_size"] }.first
    videoSize = PixelSize(
      width: original?["width"].flatMap { Int($0.trimmedText) },
      height: original?["height"].flatMap { Int($0.trimmedText) })
  }
}

extension CVATDocument.Frame {
  fileprivate mutating func take(_ image: XMLTree) {
    func number(_ name: String) -> Int? { image.attributes[name].flatMap { Int($0) } }
    name = image.attributes["name"] ?? ""
    subset = image.attributes["subset"]
    size = PixelSize(width: number("width"), height: number("height"))
  }

  /// Reports a shape that is none of CVAT's, or not where they are.
  fileprivate mutating func refuse(_ element: XMLTree, _ path: String) {
    report.add(
      .unreadableAnnotation, path,
      "line \(element.line): expected a shape of CVAT in its image or track, found"
        + " <\(element.name)>")
  }

  fileprivate mutating func add(_ element: XMLTree, label: String?, _ path: String) {
    do throws(XMLError) {
      let shape = try CVATShape(element)
      guard let box = shape.box else {
        report.add(shape.change ?? .otherShape)
        return
      }
      // As the names of the project's labels are read.
      let label = label?.trimmingCharacters(in: .whitespacesAndNewlines)
      guard let label, !label.isEmpty else {
        throw XMLError(
          line: element.line, reason: "<\(element.name)>: expected a label, found none")
      }
      if let change = shape.change { report.add(change) }
      var object = AnnotatedObject(
        .name(label), box, place: "line \(element.line)", written: "\(label) \(shape.written)")
      object.isDifficult = element.flag("difficult")
      object.isCrowd = element.flag("is_crowd")
      objects.append(object)
    } catch {
      report.add(.unreadableAnnotation, path, "\(error)")
    }
  }
}

extension XMLTree {
  /// The elements inside that are no shapes of CVAT, and have what shapes have.
  fileprivate var otherShapes: [XMLTree] {
    children.filter { child in
      ["label", "xtl", "points"].contains { child.attributes[$0] != nil }
    }
  }

  /// An attribute that a project defines, as a box to be ticked.
  fileprivate func flag(_ name: String) -> Bool {
    children.contains {
      $0.name == "attribute" && $0.attributes["name"] == name
        && ["true", "1"].contains($0.trimmedText.lowercased())
    }
  }
}
