import Files
import Foundation
import MultiBox

/// Reads the labels of samples.
struct WebDatasetReader: Sendable {
  /// Lists of classes beside the shards, which the numbers of texts mean.
  let lists: [YOLOClasses.List]
  /// The same as one.
  let joined: JoinedClasses
  /// Rows of texts that are no polygons; nil where all are.
  let longRows: YOLOLongRows?
  /// In corners of VOC's labels, 0 or 1.
  let firstPixel: Int

  /// The image of a sample; nil, with a problem, for one that is left out.
  ///
  /// - Parameters:
  ///   - sample: with a picture.
  ///   - picture: its place.
  ///   - shard: that it is in.
  ///   - isUnlabeled: says that no sample of the split has labels.
  ///   - list: the list of classes that counts for the shard.
  ///   - report: takes what was found.
  func image(
    of sample: WebDatasetShard.Sample, _ picture: Range<Int>, in shard: WebDatasetShard,
    isUnlabeled: Bool, list: Int, report: inout DatasetReport
  ) -> AnnotatedImage? {
    let path = "\(shard.path)/\(sample.key)"
    var image = AnnotatedImage(
      name: sample.key.lastPart, picture: .embedded(shard.part(picture)), annotation: path,
      isUnlabeled: isUnlabeled)
    guard !isUnlabeled else { return image }
    let labels = shard.labels(of: sample, hasAny: true)
    guard let first = labels.first else {
      report.add(.unlistedImage, path, "no .json, .xml or .txt of its key")
      return nil
    }
    image.annotation = shard.place(sample, first.ending)
    for other in labels.dropFirst() {
      report.add(
        .disagreement, shard.place(sample, other.ending),
        "labels beside those of \(first.ending), which count")
    }
    do {
      let data = try first.content.get()
      switch first.ending {
      case "xml": try read(voc: data, &image, &report)
      case "json": try read(json: data, &image, &report)
      default:
        guard let objects = try objects(text: data, image.annotation, list, &report) else {
          return nil
        }
        image.objects = objects
      }
      return image
    } catch {
      let reason = (error as? FileError)?.reason ?? "\(error)"
      report.add(.unreadableAnnotation, image.annotation, reason)
      return nil
    }
  }

  private func read(
    voc data: Data, _ image: inout AnnotatedImage, _ report: inout DatasetReport
  ) throws {
    let annotation = try VOCAnnotation(data)
    image.size = annotation.size
    image.objects = annotation.annotatedObjects(
      file: image.annotation, firstPixel: firstPixel, report: &report)
  }

  private func read(
    json data: Data, _ image: inout AnnotatedImage, _ report: inout DatasetReport
  ) throws {
    let labels =
      try WebDatasetLabels(plain: data)
      ?? JSONFile.decode(WebDatasetLabels.self, from: data, path: image.annotation)
    // A key has no points, and the image's own name may have some.
    if let name = labels.fileName?.withSlashes.lastPart, !name.isEmpty {
      image.name = name.isImagePath ? name.withoutExtension : name
    }
    image.size = labels.size
    image.objects = labels.annotatedObjects(&report)
  }

  private func objects(
    text data: Data, _ file: String, _ list: Int, _ report: inout DatasetReport
  ) throws -> [AnnotatedObject]? {
    guard lists.indices.contains(list) else {
      throw FileError(
        path: file, reason: "expected a classes.txt with names beside the shards, found none")
    }
    let objects = YOLOLabels.objects(
      in: Result { () throws(FileError) in try TextFile(data, path: file) }, of: file,
      classNames: lists[list].names, keyPointNumbers: 0, longRows: longRows, report: &report)
    return objects?.map { object in
      var object = object
      object.label = joined.label(object.label, ofList: list)
      return object
    }
  }
}

extension WebDatasetShard {
  /// A member with labels.
  struct Label: Sendable {
    /// `xml`, `json` or `txt`.
    let ending: String
    /// Its bytes, or why they cannot be read.
    let content: Result<Data, FileError>
  }

  /// The members of a sample that hold labels, the one that counts first: beside labels others may
  /// have such endings, as metadata (JSON) and captions (text).
  ///
  /// - Parameters:
  ///   - sample: of this shard.
  ///   - hasAny: takes what looks like no labels where nothing else is there, so that reading it
  ///     says why not.
  func labels(of sample: Sample, hasAny: Bool) -> [Label] {
    let parts = [("xml", sample.xml), ("json", sample.json), ("txt", sample.text)]
    let all = parts.compactMap { ending, range in
      range.map { range in
        Label(
          ending: ending, content: Result { () throws(FileError) in try part(range).contents() })
      }
    }
    if hasAny, all.count == 1 { return all }
    let meant = all.filter(Self.isMeant)
    return meant.isEmpty && hasAny ? Array(all.prefix(1)) : meant
  }

  private static func isMeant(_ label: Label) -> Bool {
    guard let data = try? label.content.get() else { return false }
    switch label.ending {
    case "xml": return (try? XMLTree(data))?.name == "annotation"
    case "json": return WebDatasetLabels.isMeant(JSONOutline(data))
    default:
      // An empty one says that the image has no objects.
      let lines = (try? TextFile(data, path: ""))?.lines.lazy.map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      return lines.map { $0.first { !$0.isEmpty }.map(YOLOLabels.isPlausible) ?? true } ?? false
    }
  }

  /// The lines of a member.
  func text(_ range: Range<Int>) throws -> TextFile {
    try TextFile(part(range).contents(), path: path)
  }
}
