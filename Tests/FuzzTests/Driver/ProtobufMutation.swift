/// A field of protobuf's wire format.
private struct Field {
  enum Content {
    case varint(UInt64)
    case fixed([UInt8])
    case bytes([UInt8])
  }

  var key: UInt64
  var content: Content
}

/// Changes a field of a message, at any depth; the lengths around it stay right.
func changedMessage(_ input: [UInt8], _ random: inout MutationGenerator, depth: Int = 0) -> [UInt8]
{
  guard var fields = fields(of: input), !fields.isEmpty else { return changedLeaf(input) }
  let index = random.below(fields.count)
  if case .bytes(let bytes) = fields[index].content, depth < 12, random.below(4) != 0 {
    // A text may look like a message; both changes of one find something.
    fields[index].content = .bytes(changedMessage(bytes, &random, depth: depth + 1))
    return serialized(fields)
  }
  switch random.below(7) {
  case 0: fields.remove(at: index)
  case 1: fields.insert(fields[index], at: random.below(fields.count + 1))
  case 2: fields.swapAt(index, random.below(fields.count))
  case 3: fields[index].content = fields[random.below(fields.count)].content
  case 4: fields[index].key = fields[index].key & 7 | UInt64(random.below(40) + 1) << 3
  default:
    switch fields[index].content {
    case .varint(let value):
      let values = [0, 1, value &+ 1, value &- 1, .max, 1 << 31, 1 << 32, 1 << 63, 1 << 20]
      fields[index].content = .varint(values.randomElement(using: &random) ?? 0)
    case .fixed(let bytes):
      let value = random.next()
      let all: [UInt64] = [0, value, 0x7FF0_0000_7F80_0000, .max, 0x7FC0_0000_7FC0_0000]
      let chosen = all.randomElement(using: &random) ?? 0
      fields[index].content = .fixed(
        bytes.indices.map { UInt8(truncatingIfNeeded: chosen >> UInt64(8 * $0)) })
    case .bytes(let bytes): fields[index].content = .bytes(changedLeaf(bytes))
    }
  }
  return serialized(fields)
}

/// The fields of a message; nil for bytes that are none.
private func fields(of input: [UInt8]) -> [Field]? {
  var result: [Field] = []
  var position = 0
  func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < input.count else { return nil }
      let byte = input[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
  func bytes(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= input.count - position else { return nil }
    defer { position += count }
    return Array(input[position..<position + count])
  }
  while position < input.count {
    guard let key = varint() else { return nil }
    switch key & 7 {
    case 0:
      guard let value = varint() else { return nil }
      result.append(Field(key: key, content: .varint(value)))
    case 1, 5:
      guard let value = bytes(key & 7 == 1 ? 8 : 4) else { return nil }
      result.append(Field(key: key, content: .fixed(value)))
    case 2:
      guard let count = varint().flatMap(Int.init(exactly:)), let value = bytes(count) else {
        return nil
      }
      result.append(Field(key: key, content: .bytes(value)))
    default: return nil
    }
  }
  return result
}

private func serialized(_ fields: [Field]) -> [UInt8] {
  var output: [UInt8] = []
  func write(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      output.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }
  for field in fields {
    // A content that came from another field has a type of its own.
    switch field.content {
    case .varint(let value):
      write(field.key & ~7)
      write(value)
    case .fixed(let bytes):
      write(field.key & ~7 | (bytes.count == 8 ? 1 : 5))
      output += bytes
    case .bytes(let bytes):
      write(field.key & ~7 | 2)
      write(UInt64(bytes.count))
      output += bytes
    }
  }
  return output
}
