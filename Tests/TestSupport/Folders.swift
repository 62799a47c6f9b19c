import Foundation

/// Calls `body` with a new folder, which is removed afterwards.
public func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = try makeFolder()
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// Calls `body` with a new folder, which is removed afterwards.
public func withAsyncFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result
{
  let folder = try makeFolder()
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

private func makeFolder() throws -> String {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("multibox-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  return url.path
}
