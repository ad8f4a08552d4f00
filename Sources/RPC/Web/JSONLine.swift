/// Writes small JSON texts of one line: errors, ends of streams, lines of logs.
package struct JSONLine {
  private(set) var text = ""

  /// Appends what is JSON already.
  mutating func raw(_ json: String) { text += json }

  /// Appends a string in quotes.
  mutating func string(_ value: String) { text += Self.quoted(value) }

  /// A string in quotes: no value can break out of its line.
  package static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20: text += escape(scalar.value)
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  private static func escape(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
