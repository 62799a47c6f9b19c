import Files
import MultiBox

/// Writes `annotations.xml` as CVAT's "CVAT for images 1.1" has it, with the pictures in
/// `images/SPLIT`; the splits are subsets.
struct CVATWriter: LabelWriter {
  private let folder: OutputFolder
  private var images: [(image: DatasetImage, fileName: String, split: String)] = []

  init(_ folder: OutputFolder) { self.folder = folder }

  func imageFolder(split: String) -> String { "images/\(split)" }

  func check(split: String, classNames: [String]) throws {
    try refuse(classNames, in: "\(folder.path)/annotations.xml", "CVAT's labels")
  }

  mutating func add(
    _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
  ) {
    images.append((image, fileName, split))
  }

  func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
    func text(_ name: String, _ text: String) -> XMLTree { XMLTree(name, text: text) }
    let flags = ["difficult", "is_crowd"].map { name in
      XMLTree(
        "attribute",
        children: [
          text("name", name), text("mutable", "False"), text("input_type", "checkbox"),
          text("default_value", "false"), text("values", "false"),
        ])
    }
    let labels = classNames.map { name in
      XMLTree(
        "label",
        children: [
          text("name", name), text("type", "rectangle"), XMLTree("attributes", children: flags),
        ])
    }
    let task = XMLTree(
      "task",
      children: [
        text("name", "multibox"), text("size", "\(images.count)"), text("mode", "annotation"),
        text("overlap", "0"), XMLTree("labels", children: labels),
      ])
    let elements = images.enumerated().map { number, entry in
      XMLTree(
        "image",
        attributes: [
          "id": "\(number)", "name": entry.fileName, "subset": entry.split,
          "width": "\(entry.image.width)", "height": "\(entry.image.height)",
        ],
        children: entry.image.groundTruth.map { Self.box($0, classNames: classNames) })
    }
    let document = XMLTree(
      "annotations",
      children: [text("version", "1.1"), XMLTree("meta", children: [task])] + elements)
    try folder.write(document.document(), to: "annotations.xml")
  }

  private static func box(_ labeled: LabeledPixelBox, classNames: ClassNames) -> XMLTree {
    let box = labeled.box
    let flags = [("difficult", labeled.isDifficult), ("is_crowd", labeled.isCrowd)]
    return XMLTree(
      "box",
      attributes: [
        "label": classNames[labeled.classIndex], "source": "manual", "occluded": "0",
        "xtl": "\(box.xMin)", "ytl": "\(box.yMin)", "xbr": "\(box.xMax)", "ybr": "\(box.yMax)",
        "z_order": "0",
      ],
      children: flags.map {
        XMLTree("attribute", attributes: ["name": $0.0], text: $0.1 ? "true" : "false")
      })
  }
}
