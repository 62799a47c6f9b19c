import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// What is kept of images while a split is read. All boxes by hand; images are 40 × 20.
struct KeptImageTests {
  private func load(
    _ images: String, _ annotations: String
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/images/a.png")
      try Fixtures.writeImage(folder + "/images/b.png")
      let text =
        #"{"images": [\#(images)], "annotations": [\#(annotations)], "#
        + #""categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]}"#
      try Fixtures.write(text, to: folder + "/annotations/instances_train.json")
      return try DatasetLoader(path: folder).load(split: "train")
    }
  }

  private let both =
    #"{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}, "#
    + #"{"id": 3, "file_name": "./a.png"}"#
  private let objects =
    #"{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}, "#
    + #"{"image_id": 2, "category_id": 1, "bbox": [5, 6, 7, 8]}, "#
    + #"{"image_id": 3, "category_id": 1, "bbox": [30, 2, 20, 4]}"#

  // Their objects are taken as they are read; those of one picture are read once more.
  @Test func entriesOfOnePictureAreJoinedAndToldOnce() throws {
    let (dataset, report) = try load(both, objects)
    #expect(dataset.images.map(\.name) == ["a", "b"])
    let boxes = dataset.images.map { image in image.groundTruth.map(\.box) }
    #expect(
      boxes == [
        [
          PixelBox(xMin: 1, yMin: 2, xMax: 4, yMax: 6),
          PixelBox(xMin: 30, yMin: 2, xMax: 40, yMax: 6),
        ], [PixelBox(xMin: 5, yMin: 6, xMax: 12, yMax: 14)],
      ])
    #expect(dataset.images.map { $0.groundTruth.map(\.classIndex) } == [[2, 1], [1]])
    #expect(dataset.images.map(\.boxAreas) == [[12, 40], [56]])
    #expect(report.changes == [.joinedImage: 1, .clippedBox: 1])
    #expect(report.problems.isEmpty)
  }

  @Test func anImageWithSomethingToTellIsAsOneWithout() throws {
    let (dataset, report) = try load(
      #"{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}"#,
      #"{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 0]}, "#
        + #"{"image_id": 1, "category_id": 1, "bbox": [5, 6, 7, 8]}, "#
        + #"{"image_id": 2, "category_id": 1, "bbox": [5, 6, 7, 8]}"#)
    #expect(dataset.images[0].groundTruth == dataset.images[1].groundTruth)
    #expect(dataset.images[0].groundTruth.map(\.classIndex) == [1])
    #expect(report.problems.map(\.kind) == [.boxWithoutArea])
  }

  @Test func areasOfSegmentsAndOfBoxesAreTwoLists() throws {
    let (dataset, _) = try load(
      #"{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}"#,
      #"{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "area": 12}, "#
        + #"{"image_id": 2, "category_id": 1, "bbox": [5, 6, 7, 8], "area": 50.5}"#)
    #expect(dataset.images.map(\.areas) == [[12], [50.5]])
    #expect(dataset.images.map(\.boxAreas) == [[12], [56]])
  }

  // Of a million images it would stay beside them, as large.
  @Test func whatWasReadIsGivenAwayWhenTheImagesAreThere() throws {
    final class Content: Sendable {}
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/a.png")
      let place = try DatasetPlace(folder)
      weak var known: Content?
      func assembly() -> SplitAssembly {
        let own = Content()
        known = own
        let content = SplitContent(classNames: ["cat"], imageCount: 1) { _, _ in
          withExtendedLifetime(own) {
            AnnotatedImage(
              name: "a", picture: .file(folder + "/a.png"), annotation: folder + "/a.xml")
          }
        }
        return SplitAssembly(
          content, of: place, finder: ImageFinder(place, imageFolder: nil), maximumPixels: nil)
      }
      var assembly = assembly()
      let isThere = known != nil
      #expect(isThere)
      var report = DatasetReport()
      let dataset = try assembly.dataset(classNames: nil, path: folder, report: &report)
      #expect(dataset.images.map(\.name) == ["a"])
      let isGone = known == nil
      #expect(isGone)
      withExtendedLifetime(assembly) {}
    }
  }

  @Test func whatNeedsNoMoreIsTheImageAlone() {
    var located = LocatedImage()
    #expect(!KeptImage(located).isThere)
    located.annotated = AnnotatedImage(name: "a", picture: .file("a.png"), annotation: "a.xml")
    located.source = .file(path: "a.png")
    located.size = PixelSize(width: 4, height: 3)
    ImageTruths(own: nil, names: nil).convert(&located)
    let kept = KeptImage(located)
    #expect(kept.told == nil && kept.isThere && !kept.isOfObjects)
    #expect(kept.size == PixelSize(width: 4, height: 3) && kept.source?.file == "a.png")
    located.orientation = .turned180
    #expect(KeptImage(located).told?.annotated?.name == "a")
    #expect(KeptImage(located).isThere && KeptImage(located).orientation == .turned180)
  }
}
