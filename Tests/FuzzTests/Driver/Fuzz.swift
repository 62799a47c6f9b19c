import Foundation

// libFuzzer, whose library has no module.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The program of `Scripts/fuzz/run`: libFuzzer with the target that FUZZ_TARGET names, or without
/// one the list of the targets.
///
/// A variable and not an argument, because libFuzzer starts itself anew with its own arguments.
@main
enum Fuzz {
  static let target = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap { name in
    FuzzTarget.all.first { $0.name == name }
  }

  static func main() {
    guard target != nil else {
      for target in FuzzTarget.all { print(target.name) }
      return
    }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
      runFuzzer(&count, &arguments) { start, count in
        Fuzz.test(start.map { Data(bytes: $0, count: count) } ?? Data())
        return 0
      })
  }

  private static func test(_ data: Data) {
    do {
      _ = try target?.read(data)
    } catch {
      FileHandle.standardError.write(Data("fuzz: \(error)\n".utf8))
      // The end that libFuzzer keeps the input of.
      abort()
    }
  }
}
