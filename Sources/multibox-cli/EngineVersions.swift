import Commands
import Files

#if OPENVINO
  import OpenVINODetector
#endif

/// What `multibox --version` tells of the engines and of the executables beside this one.
enum EngineVersions {
  static func parts() -> [ProgramVersion.Part] {
    [
      ProgramVersion.Part("OpenVINO", openVINO),
      ProgramVersion.Part("LibTorch", libTorch(of: TorchExecutable.executable)),
      ProgramVersion.Part("server", server(of: RuntimeEngine.server)),
    ]
  }

  private static var openVINO: String {
    #if OPENVINO
      OpenVINOLibrary.version ?? "it tells no version"
    #else
      "none, built without"
    #endif
  }

  private static func none(_ executable: NeighbourExecutable) -> String {
    "none, no \(executable.name) beside multibox"
  }

  private static func server(of executable: NeighbourExecutable) -> String {
    executable.isThere ? executable.name : none(executable)
  }

  /// Asks the executable, which is what links it, and says where it is not of the same build.
  private static func libTorch(of executable: NeighbourExecutable) -> String {
    guard executable.isThere else { return none(executable) }
    let lines: [String]
    do {
      lines = try executable.output(of: "--version")
    } catch {
      return "\(executable.name) does not start: \(error)".inOneLine
    }
    func value(_ name: String) -> String? {
      lines.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }
    let version = value("LibTorch") ?? "unknown, \(executable.name) tells no version"
    let commit = value(ProgramVersion.commit.name) ?? "unknown"
    let isSame = lines.first == ProgramVersion.text && commit == ProgramVersion.commit.value
    return isSame
      ? version
      : "\(version), in \(executable.name) \(lines.first ?? "of no version"), commit \(commit)"
  }
}
