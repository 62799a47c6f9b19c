import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

struct COCOContentTests {
  private func content(_ text: String) throws -> COCOContent {
    try COCOContent(MappedFile(Data(text.utf8)), path: "x.json")
  }

  private func reason(_ text: String) throws -> String {
    try #require(#expect(throws: FileError.self) { try content(text) }).reason
  }

  private func file(annotation: String) -> String {
    #"{"images":[{"id":1}],"categories":[{"id":2,"name":"a"}],"annotations":[\#(annotation)]}"#
  }

  @Test func listsAndKeysStandInAnyOrder() throws {
    let found = try content(
      #"""
      {"annotations": [
        {"bbox": [1, 2, 3, 4.5], "id": 9, "iscrowd": 1, "category_id": 7, "image_id": 20,
         "segmentation": {"counts": [1, [{"x": "]"}]], "size": [1, 2]}},
        {"area": 5.5, "segmentation": [[0, 0, 9, 9]], "image_id": 10, "difficult": true,
         "category_id": 3, "bbox": [0, 0, 1, 1], "attributes": {"area": 6, "image_id": "no"}}],
       "info": {"images": [{"id": 10}], "year": 2026},
       "categories": [{"name": "cat", "id": 7, "supercategory": "x"}, {"id": 3, "name": "dog"}],
       "images": [{"height": 40, "id": 10, "width": 30.0, "file_name": "in/a b\u00e9.jpg"},
         {"id": 20, "width": null, "file_name": null}]}
      """#)
    #expect(found.images.map { found.imageID(of: $0).description } == ["10", "20"])
    #expect(found.images.map(\.fileName) == ["in/a bé.jpg", nil])
    #expect(found.images.map(\.width) == [30, nil])
    #expect(found.images.map(\.height) == [40, nil])
    #expect(found.annotations.map(found.imageIndex) == [1, 0])
    #expect(found.annotations.map(found.categoryIndex) == [0, 1])
    #expect(
      found.annotations.map(\.box) == [
        PixelBox(xMin: 1, yMin: 2, xMax: 4, yMax: 6.5),
        PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1),
      ])
    #expect(found.annotations.map(\.area) == [nil, 5.5])
    #expect(found.annotations.map(\.isCrowd) == [true, false])
    #expect(found.annotations.map(\.isDifficult) == [false, true])
    #expect(found.missingLists.isEmpty)
    // By rising id: dog is the first class.
    #expect(Array(found.classes().names) == ["dog", "cat"])
    #expect(found.classes().ofCategories == [2, 1])
  }

  @Test(arguments: [
    ("0", false), ("1", true), ("true", true), ("false", false), ("null", false), ("2", true),
    ("0.0", false),
  ])
  func crowdsAreNumbersOrWords(written: String, expected: Bool) throws {
    let found = try content(
      file(
        annotation:
          #"{"image_id":1,"category_id":2,"bbox":[0,0,1,1],"iscrowd":\#(written)}"#))
    #expect(found.annotations.map(\.isCrowd) == [expected])
  }

  // By hand.
  @Test(
    arguments: [
      (#""segmentation":[[1,2,5,2,5,9]]"#, [1, 2, 4, 7]),
      (#""segmentation":[[1,2,5,2,5,9],[-1,3,0,3,0,4]],"bbox":null"#, [-1, 2, 6, 7]),
      (#""bbox":[],"segmentation":[ 1.5, 2, 5, 2, 5, 9 ]"#, [1.5, 2, 3.5, 7]),
      (#""segmentation":[[1,2]]"#, [1, 2, 0, 0]),
    ] as [(String, [Double])])
  func polygonsGiveTheBoxThatIsMissing(keys: String, expected: [Double]) throws {
    let found = try content(file(annotation: #"{"image_id":1,"category_id":2,\#(keys)}"#))
    let annotation = try #require(found.annotations.first)
    #expect(annotation.boxSource == .segment)
    let sides = annotation.sides
    #expect([sides.x, sides.y, sides.width, sides.height] == expected)
  }

  private struct Mask: Decodable {
    let size: [Int]
    let counts: [Int]
    let text: String
    let box: [Double]?
  }

  // The oracle is pycocotools 2.0.11: Scripts/goldens/coco_masks.py.
  @Test func masksGiveTheBoxThatIsMissing() throws {
    let masks: [Mask] = try TestFiles().golden("coco-masks")
    #expect(masks.count == 60 && masks.contains { $0.box == nil })
    #expect(masks.contains { $0.text.contains("\\") }, "a letter that JSON escapes")
    for mask in masks {
      let text = String(decoding: try JSONEncoder().encode(mask.text), as: UTF8.self)
      for counts in ["\(mask.counts)", text] {
        let segment = #""segmentation":{"size":\#(mask.size),"counts":\#(counts)}"#
        let found = try content(file(annotation: #"{"image_id":1,"category_id":2,\#(segment)}"#))
        let annotation = try #require(found.annotations.first)
        #expect(annotation.boxSource == (mask.box == nil ? .none : .segment))
        let sides = annotation.sides
        #expect(
          [sides.x, sides.y, sides.width, sides.height] == mask.box ?? [0, 0, 0, 0], "\(segment)")
      }
    }
  }

  // Runs that do not fill the image, or too much; texts that are none.
  @Test(arguments: [
    #"{"size":[2,3],"counts":[1,2,2]}"#, #"{"size":[2,3],"counts":[1,2,4]}"#,
    #"{"size":[2,3],"counts":[1,-2,7]}"#, #"{"size":[2,3],"counts":[1,2.5,2.5]}"#,
    #"{"size":[2,3],"counts":[1,null,5]}"#, #"{"size":[2],"counts":[1,1]}"#,
    #"{"size":[0,0],"counts":[]}"#, #"{"counts":[1,1]}"#, #"{"size":[2,3]}"#,
    #"{"size":[4000000000,4000000000],"counts":[1,2]}"#, #"{"size":[2,3],"counts":"12 "}"#,
    #"{"size":[2,3],"counts":"1n"}"#, #"{"size":[2,3],"counts":"oooooooooooooo0"}"#,
    #"{"size":"2","counts":{"a":[1]}}"#, "{}",
  ])
  func aMaskThatIsNoneGivesNoBox(segment: String) throws {
    let found = try content(
      file(annotation: #"{"image_id":1,"category_id":2,"segmentation":\#(segment)}"#))
    #expect(found.annotations.map(\.boxSource) == [.none])
  }

  @Test(arguments: [
    #""id":1"#, #""segmentation":[]"#, #""segmentation":{"counts":"ab","size":[2,2]}"#,
    #""segmentation":[[1,2,3]]"#, #""segmentation":[[1,"2"]]"#, #""segmentation":null"#,
    #""segmentation":"none","bbox":[]"#, #""segmentation":[[[1,2],[3,4]]]"#,
    #""segmentation":[1,[2,3]]"#,
  ])
  func anAnnotationMayHaveNoBox(keys: String) throws {
    let found = try content(file(annotation: #"{"image_id":1,"category_id":2,\#(keys)}"#))
    #expect(found.annotations.map(\.boxSource) == [.none])
    #expect(found.annotations.map(\.box) == [nil])
    #expect(found.malformedBoxes.isEmpty)
  }

  @Test(arguments: [
    "[1,2,3]", "[1,2,3,4,5]", "[1,2,null,4]", "[\"1\",2,3,4]", "[[1,2],[3,4]]",
    "[1e308,2,1e308,4]", "[1,2,3,4,null]",
  ])
  func boxesThatAreNoneAreNamedAndKept(bbox: String) throws {
    // Polygons are not taken for a box that is wrong.
    let text = file(
      annotation:
        #"{"image_id":1,"category_id":2,"bbox":\#(bbox),"segmentation":[[1,2,3,4]]}"#)
    let found = try content(text)
    #expect(found.annotations.map(\.boxSource) == [.malformed])
    #expect(found.annotations.map(\.box) == [nil])
    let expected = "expected finite x, y, width, height from 0, found \(bbox)"
    #expect(found.malformedBoxes == [0: expected])
    let column = try #require(text.range(of: "\"bbox\":")).upperBound
    let error = #expect(throws: FileError.self) {
      try COCOContent(MappedFile(Data(text.utf8)), path: "x", refusesMalformedBoxes: true)
    }
    #expect(
      error?.reason
        == "annotations[0].bbox: \(expected) (line 1, column \(column.utf16Offset(in: text) + 1))")
  }

  @Test func aBoxOfLessThanNothingIsUnderstoodOrRefused() throws {
    let text = file(annotation: #"{"image_id":1,"category_id":2,"bbox":[1,2,-3,4]}"#)
    let found = try content(text)
    #expect(found.annotations.map(\.boxSource) == [.bbox])
    #expect(found.annotations.map { $0.box?.hasArea } == [false])
    let error = #expect(throws: FileError.self) {
      try COCOContent(MappedFile(Data(text.utf8)), path: "x", refusesMalformedBoxes: true)
    }
    #expect(error?.reason.contains("from 0, found [1,2,-3,4]") == true)
  }

  @Test func idsMayBeStrings() throws {
    let found = try content(
      #"""
      {"images": [{"id": "b.jpg"}, {"id": "7"}, {"id": "a.jpg"}, {"id": "10"}],
       "categories": [{"id": "dog", "name": "dog"}, {"id": "cat", "name": "cat"}],
       "annotations": [
         {"image_id": "a.jpg", "category_id": "dog", "bbox": [0, 0, 1, 1]},
         {"image_id": 7, "category_id": "cat", "bbox": [0, 0, 1, 1]},
         {"image_id": "07", "category_id": "cat", "bbox": [0, 0, 1, 1]}]}
      """#)
    #expect(found.annotations.map(found.imageIndex) == [2, 1, nil])
    #expect(found.annotations.map { found.imageID(of: $0).description } == ["a.jpg", "7", "07"])
    #expect(Array(found.classes().names) == ["cat", "dog"])
    #expect(
      found.images.map(found.imageID).sorted().map(\.description) == ["10", "7", "a.jpg", "b.jpg"])
  }

  // Written as texts they would stand behind the numbers: "10" before "7".
  @Test func anIDIsWrittenAsInItsOwnEntryWhateverRefersToIt() throws {
    let found = try content(
      #"""
      {"annotations": [
         {"image_id": "7", "category_id": 1, "bbox": [0, 0, 1, 1]},
         {"image_id": "10", "category_id": 1, "bbox": [0, 0, 1, 1]}],
       "images": [{"id": 10}, {"id": 7}], "categories": [{"id": 1, "name": "cat"}]}
      """#)
    #expect(found.images.map(found.imageID).sorted() == [COCOIdentifier(7), COCOIdentifier(10)])
    #expect(found.annotations.map(found.imageIndex) == [1, 0])
  }

  @Test func imagesAreKeptAsTheyAreWritten() throws {
    let names = [#""a.png""#, "null", #""""#, #""cafe\u0301/\u732b \ud83d\udc08.jpg""#, #""b""#]
    let sizes = [
      ("30", "40"), ("null", "-1"), ("9007199254740993", "0"), ("1", "null"), ("2", "3"),
    ]
    let images = zip(names, sizes).enumerated().map { index, image in
      #"{"id": \#(index), "file_name": \#(image.0), "width": \#(image.1.0), "height": "#
        + #"\#(image.1.1)}"#
    }
    let found = try content(
      #"{"images": [\#(images.joined(separator: ","))], "categories": [], "annotations": []}"#)
    #expect(
      found.images.map { $0.fileName.map { Array($0.utf8) } } == [
        Array("a.png".utf8), nil, [], Array("cafe\u{301}/\u{732B} \u{1F408}.jpg".utf8),
        Array("b".utf8),
      ])
    #expect(found.images.map(\.width) == [30, nil, 9_007_199_254_740_993, 1, 2])
    #expect(found.images.map(\.height) == [40, -1, 0, nil, 3])
  }

  @Test func categoriesOfOneNameStayTwoClasses() throws {
    let found = try content(
      #"""
      {"images": [], "annotations": [],
       "categories": [{"id": 9, "name": "cell"}, {"id": 2, "name": "cell"}, {"id": 5, "name": "x"}]}
      """#)
    #expect(Array(found.classes().names) == ["cell", "x", "cell"])
    #expect(found.classes().ofCategories == [3, 1, 2])
  }

  @Test func ofAKeyThatStandsTwiceTheLastCounts() throws {
    let found = try content(
      file(
        annotation:
          #"{"image_id":5,"category_id":2,"bbox":[1,2,3],"bbox":[0,0,1,1],"image_id":1,"area":1,"area":null}"#
      ))
    #expect(found.annotations.map(found.imageIndex) == [0])
    #expect(found.annotations.map(\.boxSource) == [.bbox])
    #expect(found.annotations.map(\.area) == [nil])
  }

  @Test func missingListsAreNamed() throws {
    #expect(try content("{}").missingLists == ["images", "categories", "annotations"])
    #expect(try content(#"{"categories": []}"#).missingLists == ["images", "annotations"])
  }

  @Test(arguments: [
    ("[]", "expected an object, found a list (line 1, column 1)"),
    (#"{"images":[],"images":[]}"#, "images: a second list of this name (line 1, column 23)"),
    (#"{"images":{}}"#, "images: expected a list, found an object (line 1, column 11)"),
    (
      "{\"images\":[{\"id\":1},\n {\"id\":1.5}]}",
      "images[1].id: expected an integer or a string, found 1.5 (line 2, column 8)"
    ),
    (
      #"{"images":[{"id":1,"width":"9"}]}"#,
      "images[0].width: expected an integer, found \"9\" (line 1, column 28)"
    ),
    (#"{"images":[{"file_name":"a"}]}"#, "images[0].id: missing"),
    (
      #"{"images":[{"id":1,"file_name":5}]}"#,
      "images[0].file_name: expected a string, found 5 (line 1, column 32)"
    ),
    (#"{"categories":[{"id":1}]}"#, "categories[0].name: missing"),
    (
      #"{"annotations":[{"bbox":7}]}"#,
      "annotations[0].bbox: expected a list, found 7 (line 1, column 25)"
    ),
    (
      #"{"annotations":[{"area":NaN}]}"#,
      "annotations[0].area: expected a number, found NaN, which JSON lacks (line 1, column 25)"
    ),
    (
      #"{"annotations":[{"bbox":[1,NaN,2,3]}]}"#,
      "annotations[0].bbox: expected a value, found NaN, which JSON lacks (line 1, column 28)"
    ),
    (
      #"{"annotations":[{"iscrowd":"no"}]}"#,
      "annotations[0].iscrowd: expected 0, 1, false or true, found \"no\" (line 1, column 28)"
    ),
    (
      #"{"annotations":[{"segmentation":[[1,2,}]}"#,
      "annotations[0].segmentation: expected a value, found } (line 1, column 39)"
    ),
    (
      #"{"info":[1 2]}"#,
      "info: expected a comma or the end of the list, found 2 (line 1, column 12)"
    ),
    (#"{"images":[{"id":1},{"id":"1"}]}"#, "images: a second image of id 1"),
    (
      #"{"categories":[{"id":"a","name":"x"},{"id":"a","name":"y"}]}"#,
      "categories: a second category of id a"
    ),
  ])
  func mistakesAreNamed(text: String, expected: String) throws {
    #expect(try reason(text) == expected)
  }

  // A file that is longer than what is read at once, so that memory is given back on the way.
  @Test func longFilesAreReadWhole() throws {
    try withFolder { folder in
      let count = 60_000
      let annotations = (0..<count).map {
        #"{"image_id":\#($0 % 7),"category_id":1,"bbox":[\#($0),0,1,1],"segmentation":[[\#($0).25,0.5,1,1,2,2,3,3,4,4,5,5,6,6,7,7,8,8]]}"#
      }
      let images = (0..<7).map { #"{"id":\#($0)}"# }
      try Fixtures.write(
        #"{"annotations":[\#(annotations.joined(separator: ","))],"images":[\#(images.joined(separator: ","))],"categories":[{"id":1,"name":"a"}]}"#,
        to: folder + "/x.json")
      let found = try COCOContent(folder + "/x.json")
      #expect(found.annotations.map(\.sides.x) == (0..<count).map(Double.init))
      #expect(found.annotations.map(found.imageIndex) == (0..<count).map { $0 % 7 })
    }
  }
}
