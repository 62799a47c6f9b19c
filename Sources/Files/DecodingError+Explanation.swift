extension DecodingError {
  /// Key and reason in one line, for an error that already names the file.
  public var explanation: String {
    func place(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
      (context.codingPath + (last.map { [$0] } ?? [])).reduce("") { path, key in
        if let index = key.intValue { return "\(path)[\(index)]" }
        return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
      }
    }
    switch self {
    case .keyNotFound(let key, let context): return "\(place(context, key)): missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(place(context)): expected \(type)"
    case .dataCorrupted(let context):
      let key = place(context)
      return key.isEmpty ? context.debugDescription : "\(key): \(context.debugDescription)"
    @unknown default: return "\(self)"
    }
  }
}
