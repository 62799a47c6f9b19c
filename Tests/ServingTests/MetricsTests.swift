import Testing

@testable import Serving

struct MetricsTests {
  /// The format's own example of labels that need escapes, and its rules for numbers:
  /// https://prometheus.io/docs/instrumenting/exposition_formats/
  @Test func textIsThatOfTheFormat() {
    var text = MetricsText()
    text.family("a_time_seconds", "A \\ and\nanother line.", .gauge)
    text.add(
      "a_time_seconds",
      [("path", "C:\\DIR\\FILE.TXT"), ("error", "Cannot find:\n\"FILE.TXT\"")],
      1_458_255_915)
    text.add("x", [], 0.25)
    text.add("x", [], .infinity)
    text.add("x", [], -.infinity)
    text.add("x", [], .nan)
    #expect(
      text.text == #"""
        # HELP a_time_seconds A \\ and\nanother line.
        # TYPE a_time_seconds gauge
        a_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find:\n\"FILE.TXT\""} 1458255915
        x 0.25
        x +Inf
        x -Inf
        x NaN

        """#)
  }

  @Test func histogramsAreCumulatedAndABoundCountsBelow() {
    var histogram = Histogram(bounds: [1, 2])
    for value in [0.5, 1, 1.5, 7] { histogram.add(value) }
    #expect(histogram.counts == [2, 1, 1] && histogram.sum == 10 && histogram.count == 4)
    var text = MetricsText()
    text.add("t", [("a", "b")], histogram)
    #expect(
      text.text == """
        t_bucket{a="b",le="1"} 2
        t_bucket{a="b",le="2"} 3
        t_bucket{a="b",le="+Inf"} 4
        t_sum{a="b"} 10
        t_count{a="b"} 4

        """)
  }

  @Test func whatHappenedIsCountedByModel() throws {
    let metrics = ServerMetrics(models: ["b", "a"])
    metrics.answered(route: "/v1/detect", model: "a", status: 200, seconds: 0.02)
    metrics.answered(route: "/v1/detect", model: "a", status: 200, seconds: 0.2)
    metrics.answered(route: "other", model: "", status: 404, seconds: 0)
    metrics.refused(model: "a", .queueFull)
    metrics.computed(model: "a", waits: [0.004, 0.006], seconds: 0.1, detections: 3)
    var state = ServerMetrics.QueueState(model: "a", waiting: 3, capacity: 8, working: 2)
    state.dropped.nonFiniteScores = 4
    state.dropped.unnamedClasses = [7: 2, 9: 3]
    let text = metrics.text(queues: [state])
    let lines = Set(text.split(separator: "\n").map(String.init))
    for line in [
      #"multibox_requests_total{path="/v1/detect",model="a",status="200"} 2"#,
      #"multibox_requests_total{path="other",status="404"} 1"#,
      #"multibox_request_duration_seconds_bucket{path="/v1/detect",model="a",le="0.025"} 1"#,
      #"multibox_request_duration_seconds_bucket{path="/v1/detect",model="a",le="0.25"} 2"#,
      #"multibox_refused_images_total{model="a",reason="queue_full"} 1"#,
      #"multibox_refused_images_total{model="b",reason="deadline"} 0"#,
      #"multibox_queue_waiting{model="a"} 3"#, #"multibox_queue_capacity{model="a"} 8"#,
      #"multibox_queue_working{model="a"} 2"#, #"multibox_images_total{model="a"} 2"#,
      #"multibox_images_total{model="b"} 0"#, #"multibox_detections_total{model="a"} 3"#,
      #"multibox_batch_size_bucket{model="a",le="1"} 0"#,
      #"multibox_batch_size_bucket{model="a",le="2"} 1"#,
      #"multibox_queue_wait_seconds_bucket{model="a",le="0.005"} 1"#,
      #"multibox_queue_wait_seconds_count{model="a"} 2"#,
      #"multibox_compute_duration_seconds_sum{model="a"} 0.1"#,
      #"multibox_dropped_detections_total{model="a",reason="non_finite_score"} 4"#,
      #"multibox_dropped_detections_total{model="a",reason="unnamed_class"} 5"#,
      #"multibox_dropped_detections_total{model="a",reason="box_without_area"} 0"#,
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    // Each family once, its text before its figures.
    let families = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
    #expect(families.count == 12 && Set(families).count == 12)
    #expect(text.hasSuffix("\n") && !text.contains("\n\n"))
  }
}
