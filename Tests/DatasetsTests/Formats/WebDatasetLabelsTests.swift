import Foundation
import Testing

@testable import Datasets

/// The form that is read in one pass, against the decoder, which reads every form.
struct WebDatasetLabelsTests {
  private struct Read: Equatable {
    var fileName: String?
    var size: PixelSize?
    var objects: [AnnotatedObject]

    init(_ labels: WebDatasetLabels) {
      var report = DatasetReport()
      fileName = labels.fileName
      size = labels.size
      objects = labels.annotatedObjects(&report)
    }
  }

  private func plain(_ text: String) -> Read? {
    WebDatasetLabels(plain: Data(text.utf8)).map(Read.init)
  }

  private func decoded(_ text: String) -> Read? {
    (try? JSONFile.decode(WebDatasetLabels.self, from: Data(text.utf8), path: "")).map(Read.init)
  }

  @Test(arguments: [
    #"{"objects": []}"#,
    #"{"file_name": "a b.jpg", "height": 20, "width": 40, "objects": []}"#,
    #" {"objects":[{"class":"cat","box":[1,2.5,1e1,12]}],"width":40,"height":20} "#,
    #"{"objects": [{"box": [0.1, 0.2, 30.7, 19.9], "class": "ca\u0074 \"é\""}], "width": 0}"#,
    #"{"objects": [{"area": 5.25, "box": [4, 2, 20, 12], "class": "cat", "difficult": true,"#
      + #" "iscrowd": 1}, {"class": "dog", "box": [-1, 0, 3, 4], "difficult": 0,"#
      + #" "iscrowd": false, "more": [{}, null], "label": 3}], "else": {"a": [1, "b"]}}"#,
    #"{"objects": [{"class": "cat", "box": [1, 2, 3, 4], "box2": 1}], "annotations": 5}"#,
  ])
  func theUsualFormIsReadAsTheDecoderReadsIt(text: String) throws {
    let found = try #require(plain(text))
    #expect(found == decoded(text))
  }

  @Test func numbersAreThoseOfTheText() throws {
    let labels = try #require(
      WebDatasetLabels(
        plain: Data(
          #"{"width": 40, "height": 20, "file_name": "a.jpg", "objects": [{"class": "cat", "box": [0.1, 2, 30.7, 1e1], "area": 5.25, "iscrowd": 2}]}"#
            .utf8)))
    #expect(labels.fileName == "a.jpg")
    #expect(labels.size == PixelSize(width: 40, height: 20))
    let object = try #require(labels.objects.first)
    #expect(object.className == "cat")
    #expect(
      [object.box.xMin, object.box.yMin, object.box.xMax, object.box.yMax] == [0.1, 2, 30.7, 10])
    #expect(object.area == 5.25 && object.isCrowd && !object.isDifficult)
    #expect(object.boxArea == nil)
  }

  @Test(arguments: [
    // Other forms, which the decoder reads.
    #"[{"class": "cat", "box": [1, 2, 3, 4]}]"#,
    #"{"annotations": [{"class": "cat", "box": [1, 2, 3, 4]}]}"#,
    #"{"objects": [{"category": "cat", "box": [1, 2, 3, 4]}]}"#,
    #"{"objects": [{"class": 3, "box": [1, 2, 3, 4]}]}"#,
    #"{"objects": [{"class": "cat", "bbox": [1, 2, 3, 4]}]}"#,
    #"{"objects": [{"class": "cat", "xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4}]}"#,
    #"{"objects": [{"class": "cat", "box": [1, 2, 3, 4], "area": null}]}"#,
    #"{"objects": [], "width": 40.0}"#, #"{"objects": [], "width": "40"}"#,
    #"{"objects": [], "file_name": null}"#, #"{"objects": [], "image": {"width": 4}}"#,
    // Twice the same.
    #"{"objects": [], "objects": []}"#, #"{"objects": [], "width": 1, "width": 2}"#,
    // And none.
    #"{"objects": [{"class": "cat", "box": [1, 2, 3]}]}"#,
    #"{"objects": [{"class": "cat", "box": [1, 2, 3, 4, 5]}]}"#,
    #"{"objects": [{"class": " ", "box": [1, 2, 3, 4]}]}"#,
    #"{"objects": [{"class": "cat", "box": [1, 2, 3, 1e999]}]}"#,
    #"{"objects": [{"class": "cat"}]}"#, #"{"objects": {}}"#, #"{}"#, #"{"objects": []} 1"#,
    #"{"objects": [}"#, "", "5",
  ])
  func anyOtherFormIsLeftToTheDecoder(text: String) {
    #expect(plain(text) == nil)
  }
}
