/// What stands in all images, put together by class and within a class by image.
struct ClassGroups<Element: Sendable>: Sendable {
  struct Item: Sendable {
    let element: Element
    let image: Int
  }

  private let items: [Item]
  /// Where each class begins, and the end; class c at index c − 1.
  private let starts: [Int]

  /// - Parameters:
  ///   - classCount: elements of other classes than 1…classCount are left out.
  ///   - images: the elements of each image.
  init(
    classCount: Int, images: some Collection<[Element]>, classIndex: (Element) -> Int
  ) {
    var starts = [Int](repeating: 0, count: classCount + 1)
    for elements in images {
      for element in elements where 0 < classIndex(element) && classIndex(element) <= classCount {
        starts[classIndex(element)] += 1
      }
    }
    for index in 0..<classCount { starts[index + 1] += starts[index] }
    var next = starts
    items = [Item](unsafeUninitializedCapacity: starts[classCount]) { buffer, count in
      guard let items = buffer.baseAddress else { return }
      for (image, elements) in images.enumerated() {
        for element in elements {
          let index = classIndex(element) - 1
          guard 0 <= index, index < classCount else { continue }
          (items + next[index]).initialize(to: Item(element: element, image: image))
          next[index] += 1
        }
      }
      count = starts[classCount]
    }
    self.starts = starts
  }

  /// The elements of a class, by image and in its order.
  subscript(classIndex: Int) -> ArraySlice<Item> {
    items[starts[classIndex - 1]..<starts[classIndex]]
  }
}
