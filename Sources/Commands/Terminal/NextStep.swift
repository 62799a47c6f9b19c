import Files
import Foundation

/// What a command says at its end, on standard error: the files that it wrote, and the command that
/// goes on from there.
///
/// It is said to logs and scripts, too: standard output holds the result and nothing else.
public enum NextStep {
  /// - Parameters:
  ///   - written: files and folders.
  ///   - command: words of a command line; nil where nothing follows.
  public static func tell(wrote written: [String] = [], next command: [String]? = nil) {
    for line in lines(wrote: written, next: command) { StandardError.write(line) }
  }

  static func lines(wrote written: [String], next command: [String]?) -> [String] {
    var lines: [String] = []
    if !written.isEmpty { lines.append("wrote " + written.joined(separator: ", ")) }
    if let command { lines.append("next: " + commandLine(command)) }
    return lines
  }

  /// Words as a shell reads them back.
  ///
  /// - Parameter words: of a command line.
  public static func commandLine(_ words: [String]) -> String {
    words.map(quoted).joined(separator: " ")
  }

  /// The words of this process's own command with more options.
  public static func sameCommand(adding options: [String]) -> [String] {
    ["multibox"] + CommandLine.arguments.dropFirst() + options
  }

  /// The words that show a page in the browser.
  public static func opening(_ path: String) -> [String] {
    #if canImport(Darwin)
      ["open", path]
    #else
      ["xdg-open", path]
    #endif
  }

  /// Returns a word as a shell reads it back: one with what a terminal would obey or hide in the
  /// form `$'…'`, which bash, zsh and ksh know.
  private static func quoted(_ word: String) -> String {
    guard word.shown == word else {
      return "$'" + word.unicodeScalars.map(escaped).joined() + "'"
    }
    let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=,+@%…".contains($0) }
    return plain && !word.isEmpty
      ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    let text = String(scalar)
    if text == "'" || text == "\\" { return "\\" + text }
    guard text.shown != text else { return text }
    // Three digits, so that none that follows is taken for one more.
    return text.utf8.map { "\\\(String(Int($0) + 0o1000, radix: 8).dropFirst())" }.joined()
  }
}
