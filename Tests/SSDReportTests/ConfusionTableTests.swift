import Foundation
import MultiBox
import Testing

@testable import SSDReport

struct ConfusionTableTests {
  private static let names: ClassNames = ["cat", "dog", "<bird>"]

  /// Two cats, of which one is taken for a dog; a dog; a bird that is missed; and a cat seen
  /// where nothing is.
  private var confusion: ConfusionMatrix {
    func box(_ x: Double) -> PixelBox { PixelBox(xMin: x, yMin: 0, xMax: x + 10, yMax: 10) }
    let image = EvaluationImage(
      objects: [(100, 1), (200, 1), (300, 2), (400, 3)].map {
        EvaluationObject(LabeledPixelBox(box: box($0.0), classIndex: $0.1))
      },
      detections: [(100, 1, 0.9), (200, 2, 0.8), (300, 2, 0.7), (500, 1, 0.6)].map {
        EvaluationDetection(
          PixelDetection(box: box($0.0), classIndex: $0.1, score: $0.2))
      })
    return ConfusionMatrix(MatchedImages([image]), classCount: 3, minimumScores: [0, 0, 0])
  }

  @Test func countsByHand() {
    let table = ConfusionTable(confusion, Self.names)
    #expect(table.classNames == ["cat", "dog", "<bird>"])
    #expect(table.counts == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    #expect(table.leftOutCount == 0)
    #expect(table.leftOutWords == nil)
  }

  @Test func cellsHaveCountAndShareOfTheirRow() {
    #expect(
      ConfusionTable(confusion, Self.names).html() == """
        <table class="confusion"><caption>What is there, and what it was taken for</caption>\
        <tr><td></td><th scope="col">cat</th><th scope="col">dog</th>\
        <th scope="col">&lt;bird&gt;</th><th scope="col"><i>missed</i></th></tr>\
        <tr><th scope="row">cat</th>\
        <td class="right" style="--share: 0.500">1 <small>50%</small></td>\
        <td class="wrong" style="--share: 0.500">1 <small>50%</small></td>\
        <td>0</td><td>0</td></tr>\
        <tr><th scope="row">dog</th><td>0</td>\
        <td class="right" style="--share: 1.000">1 <small>100%</small></td>\
        <td>0</td><td>0</td></tr>\
        <tr><th scope="row">&lt;bird&gt;</th><td>0</td><td>0</td><td>0</td>\
        <td class="wrong" style="--share: 1.000">1 <small>100%</small></td></tr>\
        <tr><th scope="row"><i>nothing there</i></th>\
        <td class="wrong" style="--share: 1.000">1 <small>100%</small></td>\
        <td>0</td><td>0</td><td>–</td></tr></table>
        """)
  }

  // Cat and dog are confused once each; the cat is also seen where nothing is. What a shown class
  // has to do with the others stays in its row.
  @Test func ofManyClassesThoseWithTheMostConfusionsAreShown() {
    let two = ConfusionTable(confusion, Self.names, classLimit: 2)
    #expect(two.classNames == ["cat", "dog"])
    #expect(two.counts == [[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]])
    #expect(
      two.leftOutWords == "Shown are the 2 classes with the most confusions; 1 other is left out.")

    let one = ConfusionTable(confusion, Self.names, classLimit: 1)
    #expect(one.classNames == ["cat"])
    #expect(one.counts == [[1, 1, 0], [1, 0, 0]])
    let html = one.html()
    #expect(
      html.contains("<th scope=\"col\"><i>others</i></th><th scope=\"col\"><i>missed</i></th>"))
    #expect(
      html.contains(
        "<td class=\"wrong\" style=\"--share: 0.500\">1 <small>50%</small></td><td>0</td></tr>"))
    #expect(
      html.hasSuffix(
        "<p class=\"soft\">Shown are the 1 classes with the most confusions; 2 others are left"
          + " out.</p>"))
  }

  @Test func aShareThatIsNearlyAllOrNothingIsNotShownAsThat() throws {
    let table = try JSONDecoder().decode(
      ConfusionTable.self,
      from: Data(#"{"classNames": ["a"], "leftOutCount": 0, "counts": [[299, 1], [0, 0]]}"#.utf8))
    #expect(
      table.html().contains(
        "<td class=\"right\" style=\"--share: 0.997\">299 <small>&gt;99%</small></td>"
          + "<td class=\"wrong\" style=\"--share: 0.003\">1 <small>&lt;1%</small></td>"))
  }
}
