import Foundation

@_silgen_name("LLVMFuzzerMutate")
private func mutateBytes(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

/// libFuzzer's call for a new input: half of the time it changes the structure that the target
/// reads, half of the time any bytes. All follows from libFuzzer's seed.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: CUnsignedInt
) -> Int {
  var random = MutationGenerator(state: UInt64(seed))
  let input = Array(UnsafeBufferPointer(start: data, count: size))
  let output: [UInt8]
  switch (Fuzz.target?.structure ?? .bytes, random.below(2)) {
  case (.bytes, _), (_, 0):
    let count = mutateBytes(data, size, limit)
    guard Fuzz.target?.structure == .png else { return count }
    output = withChecksums(Array(UnsafeBufferPointer(start: data, count: count)))
  case (.png, _): output = withChecksums(changedLeaf(input, limit))
  case (.protobuf, _): output = changedMessage(input, &random)
  case (.json, _): output = changed(input, jsonSpans(input), jsonLeaves, &random)
  case (.xml, _): output = changed(input, xmlSpans(input), xmlLeaves, &random)
  case (.text, _): output = changed(input, textSpans(input), textLeaves, &random)
  }
  guard output.count <= limit else { return mutateBytes(data, size, limit) }
  for (index, byte) in output.enumerated() { data[index] = byte }
  return output.count
}

/// Bytes as libFuzzer changes them: with its dictionary, and with what the program compared.
func changedLeaf(_ bytes: some Collection<UInt8>, _ limit: Int = 4096) -> [UInt8] {
  let size = min(bytes.count, limit)
  var buffer = Array(bytes.prefix(size)) + Array(repeating: 0, count: 64)
  let count = buffer.withUnsafeMutableBufferPointer { buffer in
    buffer.baseAddress.map { mutateBytes($0, size, buffer.count) } ?? 0
  }
  return Array(buffer.prefix(count))
}

/// SplitMix64.
struct MutationGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}

/// Changes one of the parts of a text: takes it out, doubles it, puts another in its place, nests
/// it, changes its bytes.
func changed(
  _ input: [UInt8], _ spans: [Range<Int>], _ leaves: [String], _ random: inout MutationGenerator
) -> [UInt8] {
  guard let span = spans.randomElement(using: &random),
    let other = spans.randomElement(using: &random)
  else { return changedLeaf(input) }
  let part = input[span]
  let new: [UInt8] =
    switch random.below(8) {
    case 0: []
    case 1: Array(part) + separator(behind: span, in: input) + Array(part)
    case 2, 3: Array(input[other])
    case 4, 5: Array((leaves.randomElement(using: &random) ?? "").utf8)
    case 6: nested(part, in: input[other])
    default: changedLeaf(part)
    }
  return Array(input[..<span.lowerBound]) + new + Array(input[span.upperBound...])
}

/// A part within the brackets or tags of another one: `[1]` of `1` and `[2]`.
private func nested(_ part: ArraySlice<UInt8>, in other: ArraySlice<UInt8>) -> [UInt8] {
  let isTag = other.first == UInt8(ascii: "<")
  let opening = isTag ? other.prefix { $0 != UInt8(ascii: ">") }.count + 1 : 1
  let ending = other.reversed().prefix { $0 != UInt8(ascii: "<") }.count + 1
  let closing = isTag ? ending : 1
  guard opening + closing <= other.count else { return Array(other) + Array(part) }
  return Array(other.prefix(opening)) + Array(part) + Array(other.suffix(closing))
}

/// What stands between a part and the next one, as a comma.
private func separator(behind span: Range<Int>, in input: [UInt8]) -> [UInt8] {
  guard span.upperBound < input.count else { return [] }
  let next = input[span.upperBound]
  return ",;\n \t".utf8.contains(next) ? [next] : [UInt8(ascii: ",")]
}

/// Gives the chunks of a PNG their checksums, without which a change of one is noticed and nothing
/// else.
private func withChecksums(_ input: [UInt8]) -> [UInt8] {
  var bytes = input
  var position = 8
  while position + 12 <= bytes.count {
    let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - position - 12 else { break }
    let end = position + 8 + length
    let checksum = CRC32.of(bytes[position + 4..<end])
    for index in 0..<4 { bytes[end + index] = UInt8(checksum >> (24 - 8 * index) & 0xFF) }
    position = end + 4
  }
  return bytes
}
