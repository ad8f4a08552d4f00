/// Why a text is not the proto3 JSON form of a message, and where.
public struct JSONError: Error, Hashable {
  /// The kind of the error.
  public let reason: Reason
  /// The path of the field, such as `variants[3].price.amountMinor`, with long names cut; empty for the outermost
  /// message.
  public internal(set) var path: String
  /// The line of the text, from 1.
  public let line: Int
  /// The byte of the line, from 1.
  public let column: Int

  /// The kinds of errors.
  public enum Reason: Hashable, Sendable {
    /// Not JSON. The text describes the expected syntax.
    case malformed(String)
    /// JSON, but not of the field's type. The text describes the expected value.
    case unexpected(String)
    /// A number that the field's type cannot hold.
    case outOfRange
    /// The message has no such field.
    case unknownField
    /// The enum has no such value.
    case unknownEnumValue
    /// A field or a map's key comes twice.
    case duplicate
    /// Two members of one oneof are set.
    case secondOfOneof
    /// A string is not UTF-8, or holds half of a surrogate pair.
    case invalidUnicode
    /// A string contains U+0000.
    case nulInString
    /// A message type that an Any names is not in the registry, or its `@type` is absent.
    case unknownType
    /// Objects or arrays are nested deeper than the limit.
    case tooDeep(limit: Int)
    /// There are more members and elements than the limit.
    case tooManyElements(limit: Int)
    /// The arena's limit, in bytes, is reached.
    case arenaLimit(bytes: Int)
  }
}

extension JSONError: CustomStringConvertible {
  /// One sentence, fit to be shown to the caller who sent the text. Repeats nothing of the text but names of fields.
  public var description: String {
    let place = "line \(line), column \(column)"
    return path.isEmpty ? "\(reason) at \(place)" : "\(path): \(reason) at \(place)"
  }

  /// The same error seen from the message that has the field.
  func inside(_ field: String) -> JSONError {
    var error = self
    error.path = path.isEmpty ? field : path.hasPrefix("[") ? field + path : field + "." + path
    return error
  }
}

extension JSONError.Reason: CustomStringConvertible {
  /// A few words.
  public var description: String {
    switch self {
    case .malformed(let expected): "malformed JSON, \(expected) expected"
    case .unexpected(let expected): "\(expected) expected"
    case .outOfRange: "number out of range"
    case .unknownField: "no such field"
    case .unknownEnumValue: "no such enum value"
    case .duplicate: "set twice"
    case .secondOfOneof: "another member of the same oneof is set"
    case .invalidUnicode: "invalid Unicode"
    case .nulInString: "U+0000 in a string"
    case .unknownType: "unknown message type"
    case .tooDeep(let limit): "nested deeper than \(limit)"
    case .tooManyElements(let limit): "more than \(limit) elements"
    case .arenaLimit(let bytes): "more memory than \(bytes) bytes needed"
    }
  }
}
