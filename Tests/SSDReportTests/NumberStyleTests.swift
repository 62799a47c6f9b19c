import SSDReport
import Testing

struct NumberStyleTests {
  // By hand, from the rule: exact numbers short, others with the decimals of their kind.
  @Test(arguments: [
    (0, "0"), (3, "3"), (-2, "−2"), (0.5, "0.5"), (-0.25, "−0.25"), (98.86, "98.86"),
    (0.548559, "0.549"), (0.500279, "0.500"), (177.28341, "177.283"), (0.9996, "1.000"),
    // Below 0.1 three digits count; 0.0625 needs no more than it gets.
    (0.0255482, "0.0255"), (0.00123456, "0.00123"), (0.0625, "0.0625"), (0.09996, "0.1000"),
    // Two roundings as near: 187.5 thousandths.
    (0.1875, "0.188"), (-0.1875, "−0.188"),
    (0.00012346, "1.23·10⁻⁴"), (1e-5, "1·10⁻⁵"), (-2.5e-12, "−2.5·10⁻¹²"),
    (1_234_567, "1234567"), (1.2345e12, "1.23·10¹²"), (1e9, "1·10⁹"),
    (.nan, "NaN"), (.infinity, "∞"), (-.infinity, "−∞"),
  ])
  func measuresAreWritten(value: Double, text: String) {
    #expect(NumberStyle.measure.text(value) == text)
  }

  @Test func coordinatesAreWritten() {
    #expect(NumberStyle.share.text(0.123456789) == "0.12346")
    #expect(NumberStyle.share.text(0.3125) == "0.3125")
    #expect(NumberStyle.share.text(0.00001234) == "0.00001")
    #expect(NumberStyle.pixels.text(121.64) == "121.6")
    #expect(NumberStyle.pixels.text(192) == "192")
    #expect(NumberStyle.pixels.text(192.00000000000003) == "192")
    #expect(NumberStyle.pixels.text(-0.04) == "0.0")
  }

  @Test(arguments: [
    (0.499947, 0.5, "0.4999"), (0.500279, 0.5, "0.5003"), (0.4999999, 0.5, "0.4999999"),
    (0.5, 0.5, "0.5"), (0.68, 0.5, "0.68"), (0.679698, 0.5, "0.680"), (0.499947, .nan, "0.500"),
    (0.6641, 0.6643, "0.6641"), (-0.50012, -0.5, "−0.5001"),
  ])
  func comparedNumbersNeverReadAlike(value: Double, reference: Double, text: String) {
    #expect(NumberStyle.measure.text(value, apartFrom: reference) == text)
  }
}
