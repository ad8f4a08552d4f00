import RPC

/// The format of log lines.
enum LogFormat: String, CaseIterable, Sendable {
  /// `time=… level=info label=fastshop msg="…" key=value`: for people and grep.
  case logfmt
  /// One JSON object: for machines.
  case json

  /// One line without its end, with `fields` in their order.
  func line(_ fields: [(key: String, value: LogValue)]) -> String {
    switch self {
    case .logfmt:
      fields.map { field in
        let text = field.value.text
        return "\(Self.bare(field.key))=\(Self.isPlain(text) ? text : Self.quoted(text))"
      }.joined(separator: " ")
    case .json:
      "{" + fields.map { "\(Self.quoted($0.key)):\(Self.json($0.value))" }.joined(separator: ",") + "}"
    }
  }

  private static func json(_ value: LogValue) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .bare(let text): text
    case .list(let values): "[" + values.map(json).joined(separator: ",") + "]"
    case .fields(let fields): "{" + fields.map { "\(quoted($0.key)):\(json($0.value))" }.joined(separator: ",") + "}"
    }
  }

  private static func isPlain(_ value: String) -> Bool {
    !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" && $0.value != 0x7F }
  }

  /// A key without the characters that would end it.
  private static func bare(_ key: String) -> String {
    isPlain(key) ? key : String(key.map { $0.isWhitespace || $0 == "=" || $0 == "\"" ? "_" : $0 })
  }

  /// A JSON string, without the one control character that JSON lets through.
  private static func quoted(_ value: String) -> String {
    JSONLine.quoted(value).replacing("\u{7F}", with: "\\u007f")
  }
}
