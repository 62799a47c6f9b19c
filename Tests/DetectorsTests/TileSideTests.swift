import Detectors
import Files
import Foundation
import NetworkInput
import Testing

struct TileSideTests {
  private func described(_ side: Int?) throws -> (json: String, read: DetectorDescription) {
    let description = DetectorDescription(
      name: "x", classNames: ["a"],
      input: InputSpecification(
        width: 8, height: 8,
        normalization: ImageNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1])),
      outputs: .rows(DetectorDescription.Rows(DetectorDescription.Output("rows"))),
      tileSide: side)
    let json = try description.json()
    let read = try DetectorDescription(json: Data(json.utf8), path: "d.json")
    #expect(read == description)
    return (json, read)
  }

  @Test func aDescriptionKeepsIt() throws {
    for side in [32, 640, 1_000_000] {
      let (json, read) = try described(side)
      #expect(read.tileSide == side)
      #expect(json.contains(#""tileSide":\#(side)"#))
    }
    let (json, read) = try described(nil)
    #expect(read.tileSide == nil)
    #expect(!json.contains("tileSide"))
  }

  @Test(arguments: [-1, 0, 31, 1_000_001]) func whatMakesNoSenseIsNamed(side: Int) {
    let error = #expect(throws: FileError.self) { try described(side) }
    #expect(
      error?.reason.hasPrefix("tileSide: expected 32…1000000, found \(side)") == true,
      "\(error?.reason ?? "")")
  }
}
