import Files
import Foundation
import ModelFiles
import TestSupport
import Testing

struct BroughtFileTests {
  @Test func theVariableNamesTheFolder() throws {
    try withFolder { folder in
      let path = folder + "/mobilenet_v2-b0353104.pth"
      try Data([1]).write(to: URL(fileURLWithPath: path))
      let found = try BroughtFile.mobileNetV2.path(
        option: "--x", environment: ["MULTIBOX_WEIGHTS": folder], executable: "/usr/bin/multibox")
      #expect(found == path)
      let error = #expect(throws: FileError.self) {
        try BroughtFile.efficientNetLite0.path(
          option: "--x", environment: ["MULTIBOX_WEIGHTS": folder],
          executable: "/usr/bin/multibox")
      }
      #expect(
        error?.description == "\(folder)/efficientnet-lite0-57934424.pth: no such file: run make"
          + " weights, or name a file with --x")
    }
  }

  @Test(arguments: ["release", "x86_64-unknown-linux-gnu/debug"])
  func theCheckoutOfTheExecutableHasThem(build: String) throws {
    try withFolder { folder in
      let weights = folder + "/.deps/weights"
      try FileManager.default.createDirectory(
        atPath: weights, withIntermediateDirectories: true)
      let path = weights + "/face_detection_back.tflite"
      try Data([1]).write(to: URL(fileURLWithPath: path))
      let executable = "\(folder)/.build/\(build)/multibox"
      #expect(
        try BroughtFile.faces.path(option: "", environment: [:], executable: executable)
          == path)
      // An empty variable is none; one that names a folder is the only place.
      #expect(
        try BroughtFile.faces.path(
          option: "", environment: ["MULTIBOX_WEIGHTS": ""], executable: executable) == path)
      #expect(throws: FileError.self) {
        try BroughtFile.faces.path(
          option: "", environment: ["MULTIBOX_WEIGHTS": folder], executable: executable)
      }
    }
  }

  @Test func anInstalledProgramSaysWhatToSet() {
    let error = #expect(throws: FileError.self) {
      try BroughtFile.mobileNetV2.path(
        option: "--x", environment: [:], executable: "/usr/bin/multibox")
    }
    #expect(error?.path == "mobilenet_v2-b0353104.pth")
    #expect(error?.reason.contains("MULTIBOX_WEIGHTS") == true)
    #expect(error?.reason.hasSuffix("or name a file with --x") == true)
  }

  // The script that brings them is the other list.
  @Test func theScriptBringsEveryFile() throws {
    let script = try String(contentsOfFile: ThisPackage.root + "/Scripts/weights", encoding: .utf8)
    for file in BroughtFile.allCases { #expect(script.contains(" \(file.rawValue)"), "\(file)") }
  }
}
