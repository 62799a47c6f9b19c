import Datasets
import Files
import ImageFiles
import Testing

/// Errors are one line, whatever they quote of a file or of its name.
struct OneLineErrorTests {
  // Line feed, carriage return with line feed, next line, line separator: a space in place of each.
  private let quoted = "found a\nb\r\nc\u{85}d\u{2028}e"
  private let inOneLine = "found a b c d e"

  @Test func reasonsOfFilesAndImagesHaveNoLineEnd() {
    let file = FileError(path: "x\ny", reason: quoted)
    #expect(file.reason == inOneLine && file.path == "x\ny")
    #expect("\(file)" == "x y: \(inOneLine)")
    let image = ImageError(path: "x\ny", reason: quoted)
    #expect(image.reason == inOneLine && image.path == "x\ny")
    #expect("\(image)" == "x y: \(inOneLine)")
  }

  @Test func errorsOfDatasetsHaveNoLineEnd() {
    let split = DatasetError.unknownSplit(path: "x", split: "a\nb", known: ["c\nd"])
    #expect("\(split)" == "x: no split a b; found c d")
    #expect("\(DatasetError.missing(path: "x\ny", expected: quoted))" == "x y: \(inOneLine)")
    let problem = DatasetProblem(kind: .missingFile, file: "x\ny", reason: quoted)
    #expect("\(DatasetError.strict(problem, count: 1))" == "x y: \(inOneLine)")
  }
}
