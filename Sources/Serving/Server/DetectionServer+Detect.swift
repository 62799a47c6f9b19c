import Datasets
import Detectors
import Foundation
import ImageFiles
import SSDReport

extension DetectionServer {
  func detect(
    _ head: HTTPHead, _ body: Data, _ model: inout String
  ) async throws -> HTTPAnswer {
    let types = [MediaType.json, .jpeg, .png]
    guard let type = MediaType.preferred(types, accept: head.list(of: "accept")) else {
      throw Refusal(
        .notAcceptable,
        "Accept: expected one of \(types.map(\.name).joined(separator: ", "))")
    }
    let request = try DetectRequest(
      body, type: head.value(of: "content-type"),
      parameters: DetectionParameters(QueryItems(target: head.target)))
    let queue = try queue(named: request.parameters.model)
    model = queue.name
    let choice = try request.parameters.choice(of: queue.detector)
    let classNames = queue.detector.classNames
    var work = DetectionQueue.Work { [limits] in
      try limits.decode(request.image, name: request.name)
    }
    if type != .json {
      work.draw = { image, detections in
        let drawn = try DetectionPicture(classNames: classNames)
          .drawn(choice.chosen(detections), on: image)
        return type == .jpeg
          ? try JPEGFile.encoded(drawn, path: request.name)
          : try PNGFile.data(of: drawn, path: request.name)
      }
    }
    let result = try await queue.results(of: [work])[0]
    if let picture = result.picture {
      return HTTPAnswer(status: 200, type: type.name, body: picture)
    }
    let line = try DetectionLine(
      image: request.name, width: result.image.width, height: result.image.height,
      detections: choice.chosen(result.detections), classNames: classNames
    ).text()
    return HTTPAnswer(status: 200, type: type.name, body: Data("\(line)\n".utf8))
  }
}
