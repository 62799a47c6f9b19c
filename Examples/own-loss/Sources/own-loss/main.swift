import MultiBox

// A loss of three parts that the package does not know.
let loss = MultiBoxLoss(
  assigner: CenterAssigner(), confidence: BrierLoss(), localization: .boxes(EdgeLoss()), alpha: 0.5)

// One image of SSDLite320 with two objects, and what a network might say of it.
let defaultBoxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
let logitCount = 4
let logits = (0..<defaultBoxes.count * logitCount).map { Double($0 * 37 % 101) / 25 - 2 }
let offsets = (0..<defaultBoxes.count * 4).map { Double($0 * 53 % 97) / 60 - 0.8 }
let objects = [
  LabeledBox(box: Box(xMin: 0.1, yMin: 0.2, xMax: 0.4, yMax: 0.7), classIndex: 1),
  LabeledBox(box: Box(xMin: 0.5, yMin: 0.5, xMax: 0.9, yMax: 0.8), classIndex: 3),
]

func value(_ logits: [Double], _ offsets: [Double]) throws -> Double {
  try loss.evaluate(
    logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: defaultBoxes,
    groundTruth: [objects]
  ).loss
}

let answer = try loss.valueAndGradients(
  logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: defaultBoxes,
  groundTruth: [objects])
print("loss", answer.result.loss)
print("positives", answer.result.positives, "negatives", answer.result.negatives)

// The gradient is the derivative: central differences at the default boxes that learn an object.
let assignment = try loss.assignments(groundTruth: [objects], defaultBoxes: defaultBoxes)[0]
var largest = 0.0
for match in assignment.matches.prefix(20) {
  for k in 0..<logitCount {
    let index = match.defaultBox * logitCount + k
    var (above, below) = (logits, logits)
    above[index] += 1e-5
    below[index] -= 1e-5
    let difference = (try value(above, offsets) - value(below, offsets)) / 2e-5
    largest = max(largest, abs(difference - answer.logitGradient[index]))
  }
  for m in 0..<4 {
    let index = match.defaultBox * 4 + m
    var (above, below) = (offsets, offsets)
    above[index] += 1e-6
    below[index] -= 1e-6
    let difference = (try value(logits, above) - value(logits, below)) / 2e-6
    largest = max(largest, abs(difference - answer.offsetGradient[index]))
  }
}
print("gradient off by less than 1e-6:", largest < 1e-6)

// What every default box added, as for any other loss.
let explanation = try loss.explanation(
  logits: logits.map(Float.init), offsets: offsets.map(Float.init), defaultBoxes: defaultBoxes,
  groundTruth: objects)
let sum = explanation.items.reduce(0) { $0 + explanation.contribution(of: $1) }
print("explained:", abs(sum - answer.result.loss) < 1e-5 * answer.result.loss)
