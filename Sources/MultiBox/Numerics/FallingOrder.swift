extension Collection<Double> {
  /// The positions of the values by falling value; equal values keep their order.
  var fallingOrder: [Int] {
    // Detections of an image mostly come ranked.
    if zip(self, dropFirst()).allSatisfy({ $0 >= $1 }) { return Array(0..<count) }
    var ranking = enumerated().map { (value: $1, position: $0) }
    ranking.sort { $0.value > $1.value || ($0.value == $1.value && $0.position < $1.position) }
    return ranking.map(\.position)
  }
}
