/// How a log line is written.
enum LogFormat: String, CaseIterable, Sendable {
  /// `time=… level=info label=fastshop msg="…" key=value`: for people and grep.
  case logfmt
  /// One JSON object: for machines.
  case json

  /// One line without its end. `fields` in the order in which they are to be written.
  func line(_ fields: [(key: String, value: String)]) -> String {
    switch self {
    case .logfmt:
      fields.map { "\(Self.bare($0.key))=\(Self.isPlain($0.value) ? $0.value : Self.quoted($0.value))" }
        .joined(separator: " ")
    case .json:
      "{" + fields.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }.joined(separator: ",") + "}"
    }
  }

  private static func isPlain(_ value: String) -> Bool {
    !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" && $0.value != 0x7F }
  }

  /// A key without the characters that would end it.
  private static func bare(_ key: String) -> String {
    isPlain(key) ? key : String(key.map { $0.isWhitespace || $0 == "=" || $0 == "\"" ? "_" : $0 })
  }

  /// A JSON string: no value can break out of its line.
  private static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
