import Detectors
import Foundation
import TestSupport
import Testing

/// What a TFLite file says of its input and outputs, changed where no description can hold it.
struct TFLiteDescriptionTests {
  private let file: Data
  /// Where 127.5 stands: mean and standard deviation of the metadata.
  private let places: [Range<Data.Index>]

  init() throws {
    let path = TestFiles().path("../ModelFilesTests/Fixtures/small.tflite")
    file = try Data(contentsOf: URL(fileURLWithPath: path))
    let value = withUnsafeBytes(of: Float(127.5).bitPattern.littleEndian) { Data($0) }
    places = file.ranges(of: value)
  }

  @Test func normalizationIsThatOfTheMetadata() throws {
    #expect(places.count == 2)
    let normalization = try described(file)?.input.normalization
    #expect(normalization?.mean == [127.5, 127.5, 127.5])
    #expect(normalization?.standardDeviation == [127.5, 127.5, 127.5])
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func normalizationThatIsNoNumberIsAnError(value: Float) throws {
    for place in places { try expectError(value, at: place) }
  }

  // Of the two places one is the deviation: 0 and −1 are means like others.
  @Test(arguments: [Float(0), -1])
  func deviationThatIsNotAboveZeroIsAnError(value: Float) throws {
    let failures = places.filter { place in (try? described(changed(value, at: place))) == nil }
    #expect(failures.count == 1)
  }

  private func expectError(_ value: Float, at place: Range<Data.Index>) throws {
    let error = #expect(throws: (any Error).self) { try described(changed(value, at: place)) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("metadata: normalization: expected finite"))
  }

  private func changed(_ value: Float, at place: Range<Data.Index>) -> Data {
    var result = file
    result.replaceSubrange(
      place, with: withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) })
    return result
  }

  private func described(_ content: Data) throws -> DetectorDescription? {
    try withFolder { folder in
      let path = folder + "/x.tflite"
      try content.write(to: URL(fileURLWithPath: path))
      return try DetectorDescription.ofModel(path)?.description
    }
  }
}
