import Detectors
import Synchronization

/// What a server counts of its requests, images and queues, by model.
final class ServerMetrics: Sendable {
  /// Of requests that are answered alike.
  private struct RequestKey: Hashable {
    let route: String
    let model: String
    let status: Int
  }

  private struct RouteKey: Hashable {
    let route: String
    let model: String
  }

  private struct RefusalKey: Hashable {
    let model: String
    let reason: String
  }

  private struct Figures {
    var requests: [RequestKey: Int] = [:]
    var seconds: [RouteKey: Histogram] = [:]
    var refused: [RefusalKey: Int] = [:]
    var models: [String: ModelFigures] = [:]
  }

  private struct ModelFigures {
    var images = 0
    var detections = 0
    var batches = Histogram.batch
    var waits = Histogram.seconds
    var computed = Histogram.seconds
  }

  /// How a model's queue stands.
  struct QueueState: Sendable {
    let model: String
    let waiting: Int
    let capacity: Int
    let working: Int
    /// What its detector has left out so far.
    var dropped = DroppedDetections()
  }

  private let figures = Mutex(Figures())

  /// - Parameter models: the names of all, whose figures begin at 0.
  init(models: [String]) {
    figures.withLock { figures in
      for model in models {
        figures.models[model] = ModelFigures()
        for kind in [Refusal.Kind.queueFull, .deadline, .stopping] {
          figures.refused[RefusalKey(model: model, reason: kind.rawValue)] = 0
        }
      }
    }
  }

  /// Counts an answer.
  ///
  /// - Parameters:
  ///   - route: the pattern of the path, of which there are few, whatever strangers ask for.
  ///   - model: the name of one that there is; empty for none.
  ///   - status: of the answer.
  ///   - seconds: since the request's head came.
  func answered(route: String, model: String, status: Int, seconds: Double) {
    figures.withLock { figures in
      figures.requests[RequestKey(route: route, model: model, status: status), default: 0] += 1
      figures.seconds[RouteKey(route: route, model: model), default: .seconds].add(seconds)
    }
  }

  /// Counts images that were not looked at.
  func refused(model: String, _ kind: Refusal.Kind, count: Int = 1) {
    figures.withLock {
      $0.refused[RefusalKey(model: model, reason: kind.rawValue), default: 0] += count
    }
  }

  /// Counts images that were computed together.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - waits: the seconds that each of them waited.
  ///   - seconds: that loading, computing and drawing took.
  ///   - detections: in all of them.
  func computed(model: String, waits: [Double], seconds: Double, detections: Int) {
    figures.withLock { figures in
      figures.models[model]?.images += waits.count
      figures.models[model]?.detections += detections
      figures.models[model]?.batches.add(Double(waits.count))
      figures.models[model]?.computed.add(seconds)
      for wait in waits { figures.models[model]?.waits.add(wait) }
    }
  }

  /// Returns all figures as Prometheus reads them, in an order that stays.
  ///
  /// - Parameter queues: how those of all models stand.
  func text(queues: [QueueState]) -> String {
    let figures = self.figures.withLock { $0 }
    var text = MetricsText()
    text.family("multibox_requests_total", "Answers by path, model and status.", .counter)
    let requests = figures.requests.sorted {
      ($0.key.route, $0.key.model, $0.key.status) < ($1.key.route, $1.key.model, $1.key.status)
    }
    for (key, count) in requests {
      text.add(
        "multibox_requests_total",
        Self.labels(key.route, key.model) + [("status", "\(key.status)")], Double(count))
    }
    text.family(
      "multibox_request_duration_seconds", "From a request's head to its answer.", .histogram)
    let seconds = figures.seconds.sorted {
      ($0.key.route, $0.key.model) < ($1.key.route, $1.key.model)
    }
    for (key, histogram) in seconds {
      text.add("multibox_request_duration_seconds", Self.labels(key.route, key.model), histogram)
    }
    text.family("multibox_refused_images_total", "Images that were not looked at.", .counter)
    let refused = figures.refused.sorted {
      ($0.key.model, $0.key.reason) < ($1.key.model, $1.key.reason)
    }
    for (key, count) in refused {
      text.add(
        "multibox_refused_images_total", [("model", key.model), ("reason", key.reason)],
        Double(count))
    }
    let queues = queues.sorted { $0.model < $1.model }
    Self.add(queues, to: &text)
    Self.add(figures.models.sorted { $0.key < $1.key }, to: &text)
    text.family(
      "multibox_dropped_detections_total", "Detections that were left out, by reason.", .counter)
    for queue in queues {
      for (reason, count) in queue.dropped.byReason {
        text.add(
          "multibox_dropped_detections_total", [("model", queue.model), ("reason", reason)],
          Double(count))
      }
    }
    return text.text
  }

  private static func labels(_ route: String, _ model: String) -> [(name: String, value: String)] {
    [("path", route)] + (model.isEmpty ? [] : [("model", model)])
  }

  private static func add(_ queues: [QueueState], to text: inout MetricsText) {
    for (name, help, value) in [
      ("multibox_queue_waiting", "Images that wait.", \QueueState.waiting),
      ("multibox_queue_capacity", "Images that may wait.", \.capacity),
      ("multibox_queue_working", "Images in work.", \.working),
    ] {
      text.family(name, help, .gauge)
      for queue in queues {
        text.add(name, [("model", queue.model)], Double(queue[keyPath: value]))
      }
    }
  }

  private static func add(
    _ models: [(key: String, value: ModelFigures)], to text: inout MetricsText
  ) {
    for (name, help, value) in [
      ("multibox_images_total", "Images that were looked at.", \ModelFigures.images),
      ("multibox_detections_total", "Objects that the detector reported.", \.detections),
    ] {
      text.family(name, help, .counter)
      for (model, figures) in models {
        text.add(name, [("model", model)], Double(figures[keyPath: value]))
      }
    }
    for (name, help, value) in [
      ("multibox_batch_size", "Images computed together.", \ModelFigures.batches),
      ("multibox_queue_wait_seconds", "How long an image waited.", \.waits),
      (
        "multibox_compute_duration_seconds", "Decoding, detecting and drawing, of a batch.",
        \.computed
      ),
    ] {
      text.family(name, help, .histogram)
      for (model, figures) in models {
        text.add(name, [("model", model)], figures[keyPath: value])
      }
    }
  }
}

extension DroppedDetections {
  /// Counts by a word for programs.
  fileprivate var byReason: [(reason: String, count: Int)] {
    [
      ("non_finite_score", nonFiniteScores), ("non_finite_box", nonFiniteBoxes),
      ("box_without_area", boxesWithoutArea),
      ("unnamed_class", unnamedClasses.values.reduce(0, +)),
      ("class_is_no_number", classesThatAreNoNumber),
    ]
  }
}
