import Files
import Foundation
import MultiBox
import Runs

extension TrainingReporter {
  func writePage(isRunning: Bool, failure: String? = nil) throws {
    let metrics = try folder.metrics()
    if let epoch = lostEpoch {
      if metrics.isEmpty { return }
      let place = pathOfOldPage(epoch)
      guard rename(folder.reportPath, place) == 0 || errno == ENOENT else {
        throw FileError(
          path: place, reason: "cannot be written: \(String(cString: strerror(errno)))")
      }
      lostEpoch = nil
    }
    var training: [TrainingMetrics] = []
    var evaluations: [EvaluationMetrics] = []
    for line in metrics {
      switch line {
      case .training(let metrics): training.append(metrics)
      case .evaluation(let metrics): evaluations.append(metrics)
      }
    }
    let epoch = training.last?.epoch ?? 0
    let splits = Set(evaluations.map(\.split)).sorted()
    let records = splits.map { split in Record(split, Result { try record(split, isRunning) }) }
    let sections =
      [measures(evaluations, records), lossSection(training)] + records.flatMap(sections(of:))
    try TrainingReportPage(
      title: "\(configuration.network.name) on \(configuration.data.title)",
      status: TrainingReportPage.place(epoch, of: configuration.optimization.epochs)
        + (isRunning ? ", training. The page loads itself again every 30 seconds." : ".")
        + (end.map { " The training has \($0.words)." } ?? "")
        + (failure.map { " The training has ended with an error: \($0)" } ?? ""),
      refreshSeconds: isRunning ? 30 : nil, facts: facts(training.last, evaluations, records),
      sections: sections
    ).write(to: folder.reportPath)
    // While it trains, what is missing may come.
    if !isRunning, let warning = sections.lazy.flatMap(\.warnings).first {
      throw FileError(path: folder.reportPath, reason: "written, but not whole: \(warning)")
    }
  }

  private func facts(
    _ last: TrainingMetrics?, _ evaluations: [EvaluationMetrics], _ records: [Record]
  ) -> [(name: String, value: String)] {
    var facts: [(String, String)] = []
    func add(_ metrics: EvaluationMetrics?, _ note: String = "") {
      guard let metrics else { return }
      facts.append(
        (
          "\(metrics.split), epoch \(metrics.epoch)\(note)",
          "AP \(NumberStyle.measure.text(metrics.ap)),"
            + " AP50 \(NumberStyle.measure.text(metrics.ap50))"
        ))
    }
    for record in records {
      let ofSplit = evaluations.filter { $0.split == record.split }
      let kept = record.content.flatMap { $0.isKept == true ? $0.epoch : nil }
      add(ofSplit.last { $0.epoch == kept }, " (kept)")
      if let latest = ofSplit.last, latest.epoch != kept { add(latest) }
    }
    if let last {
      facts += [
        ("loss", NumberStyle.measure.text(last.loss)),
        ("images/s", String(format: "%.1f", last.imagesPerSecond)),
      ]
    }
    let loss = configuration.loss
    return facts + [
      ("input", "\(configuration.network.imageSide) × \(configuration.network.imageSide) px"),
      ("default boxes", "\(configuration.network.defaultBoxes.boxCount)"),
      ("batch", batch), ("box loss", loss.localization.name),
      ("confidence loss", loss.confidence.name), ("seed", "\(configuration.optimization.seed)"),
      ("precision", configuration.execution.precision.rawValue),
    ] + optimizer + (loss.classWeights.map { [("class weights", words($0))] } ?? []) + start
  }

  private var batch: String {
    let optimization = configuration.optimization
    let size = "\(optimization.batchSize)"
    return optimization.accumulation == 1
      ? size : "\(optimization.accumulation) × \(size), one step"
  }

  private var optimizer: [(name: String, value: String)] {
    let optimizer = configuration.optimization.optimizer
    return optimizer == .sgd ? [] : [("optimizer", optimizer.rawValue)]
  }

  /// The file of the first weights, and how many stages keep them.
  private var start: [(name: String, value: String)] {
    let network = configuration.network
    let weights = network.pretrained.map { [("start", $0.path.lastPart)] } ?? []
    guard network.frozenStages > 0 else { return weights }
    let all = network.preset.map { " of \($0.stageCount)" } ?? ""
    return weights + [("frozen stages", "\(network.frozenStages)\(all)")]
  }

  /// The weights of a few classes, or the smallest and the largest of many.
  private func words(_ weights: ClassWeights) -> String {
    let number = NumberStyle.measure
    guard weights.values.count > 8, let low = weights.values.min(),
      let high = weights.values.max()
    else {
      return zip(configuration.data.classNames, weights.values)
        .map { "\($0) \(number.text($1))" }.joined(separator: ", ")
    }
    return "\(number.text(low)) to \(number.text(high))"
  }

  private func measures(
    _ evaluations: [EvaluationMetrics], _ records: [Record]
  ) -> TrainingReportPage.Section {
    let splits = records.map(\.split)
    func series(_ value: (EvaluationMetrics) -> Double, _ name: (String) -> String)
      -> [LineChart.Series]
    {
      splits.map { split in
        LineChart.Series(
          name: name(split),
          points: evaluations.filter { $0.split == split }.map { (Double($0.epoch), value($0)) },
          marksPoints: true)
      }
    }
    guard !evaluations.isEmpty else {
      return TrainingReportPage.Section(title: "Average precision")
    }
    let range = 0...Double(max(configuration.optimization.epochs, 1))
    var charts = [
      LineChart(
        title: "AP (IoU 0.5 to 0.95)", xTitle: "epoch", series: series(\.ap) { $0 },
        xRange: range, yRange: 0...1),
      LineChart(
        title: "AP50", xTitle: "epoch", series: series(\.ap50) { $0 }, xRange: range,
        yRange: 0...1),
    ]
    for record in records {
      let split = record.split
      if let content = record.content {
        let measured = evaluations.last { $0.split == split && $0.epoch == content.epoch }
        charts.append(
          content.precisionChart(classKeys.keys) { measured?.perClass[$0]?["AP50"] })
      }
      charts.append(
        LineChart(
          title: "AP50 by class, \(split)", xTitle: "epoch",
          series: classKeys.keys.prefix(8).map { name in
            LineChart.Series(
              name: name,
              points: evaluations.filter { $0.split == split }.map {
                (Double($0.epoch), $0.perClass[name]?["AP50"] ?? -1)
              }.filter { $0.1 >= 0 }, marksPoints: true)
          }, xRange: range, yRange: 0...1))
    }
    return TrainingReportPage.Section(title: "Average precision", charts: charts)
  }

  /// What the folder `report` holds of a split, or why that cannot be shown.
  private struct Record {
    let split: String
    let content: EvaluationRecord?
    let warning: String?

    init(_ split: String, _ result: Result<EvaluationRecord, any Error>) {
      self.split = split
      switch result {
      case .success(let record): (content, warning) = (record, nil)
      case .failure(let error): (content, warning) = (nil, "\(error)")
      }
    }
  }

  /// - Throws: `FileError` where there is none, or a damaged one: a page without it would look
  ///   whole.
  private func record(_ split: String, _ isRunning: Bool) throws -> EvaluationRecord {
    let path = recordPath(split)
    guard let record = try EvaluationRecord(ofFile: path) else {
      // Figures are there before what is drawn of them.
      throw FileError(path: path, reason: isRunning ? "not there (yet)" : "no such file")
    }
    return record
  }

  private func lossSection(_ training: [TrainingMetrics]) -> TrainingReportPage.Section {
    func series(_ name: String, _ value: (TrainingMetrics) -> Double) -> LineChart.Series {
      // A line of one epoch would be nothing.
      LineChart.Series(
        name: name, points: training.map { (Double($0.epoch), value($0)) },
        marksPoints: training.count <= 40)
    }
    guard !training.isEmpty else { return TrainingReportPage.Section(title: "Loss") }
    let range = 0...Double(max(configuration.optimization.epochs, 1))
    return TrainingReportPage.Section(
      title: "Training", explanation: "Means over the steps of each epoch.",
      charts: [
        LineChart(
          title: "Loss and its parts", xTitle: "epoch",
          series: [
            series("L", \.loss), series("L_conf / N", \.confidence),
            series("L_loc / N", \.localization),
          ], xRange: range),
        LineChart(
          title: "Learning rate", xTitle: "epoch", series: [series("", \.learningRate)],
          xRange: range),
        LineChart(
          title: "Positives per image", xTitle: "epoch", series: [series("", \.positivesPerImage)],
          xRange: range),
        LineChart(
          title: "Norm of the gradient", xTitle: "epoch", series: [series("", \.gradientNorm)],
          xRange: range),
      ])
  }

  private func sections(of record: Record) -> [TrainingReportPage.Section] {
    guard let content = record.content else {
      let missing = "Curves, tables and pictures are missing: \(record.warning ?? "")"
      return [TrainingReportPage.Section(title: record.split, warnings: [missing])]
    }
    func section(
      _ title: String, _ explanation: String, _ pictures: [EvaluationRecord.Picture]
    ) -> TrainingReportPage.Section {
      var section = TrainingReportPage.Section(
        title: "\(title), \(content.title)", explanation: explanation)
      for picture in pictures {
        do {
          section.pictures.append(
            TrainingReportPage.Picture(
              caption: picture.caption,
              data: try InputFile.contents(
                "\(folder.reportFolder)/\(picture.file)", isMapped: false)))
        } catch {
          section.warnings.append("A picture is missing: \(error)")
        }
      }
      return section
    }
    return [
      TrainingReportPage.Section(
        title: "Thresholds and mistakes, \(content.title)",
        explanation: "At IoU 0.5: the score from which on F1 is highest, what is then taken for"
          + " another class, and what AP50 would gain without each kind of mistake."
          + (content.calibrationWords.map { " \($0)" } ?? ""),
        charts: [content.thresholdChart(classKeys.keys)]
          + [content.calibrationChart].compactMap { $0 }, tables: content.tables ?? []),
      TrainingReportPage.Section(
        title: "Confusion, \(content.title)",
        explanation: "At IoU 0.5, scores from the best threshold of each class: how often an object"
          + " of each class was found as which class, with the share of its row.",
        confusion: content.confusion),
      section(
        "Detections",
        "Scores from the best threshold of each class; dashed white is what is there.",
        content.found),
      section(
        "The worst mistakes",
        "Images with the most objects missed and things found that are not there.",
        content.mistakes),
    ]
  }
}
