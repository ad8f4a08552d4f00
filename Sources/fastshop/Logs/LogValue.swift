import Logging
import Telemetry

/// The value of a field of a log line. Numbers and booleans keep their types where the format has them.
enum LogValue {
  case text(String)
  /// A number, `true` or `false`, as JSON writes it.
  case bare(String)
  case list([LogValue])
  case fields([(key: String, value: LogValue)])

  /// A logged value. A text that looks like a number stays a text: the type of a field never depends on its value.
  init(_ value: Logger.MetadataValue) {
    switch value {
    case .string(let text): self = .text(text)
    case .stringConvertible(let some): self = Self.converted(some)
    case .array(let values): self = .list(values.map { LogValue($0) })
    case .dictionary(let fields):
      self = .fields(fields.sorted { $0.key < $1.key }.map { (key: $0.key, value: LogValue($0.value)) })
    }
  }

  private static func converted(_ some: any CustomStringConvertible) -> LogValue {
    switch some {
    case is Bool, is any BinaryInteger, is LogNumber: .bare("\(some)")
    case let number as Double where number.isFinite: .bare("\(number)")
    default: .text("\(some)")
    }
  }

  /// The form for people.
  var text: String {
    switch self {
    case .text(let text), .bare(let text): text
    case .list(let values): values.map(\.text).joined(separator: ",")
    case .fields(let fields): fields.map { "\($0.key):\($0.value.text)" }.joined(separator: ",")
    }
  }
}
