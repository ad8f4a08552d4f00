/// Why bytes are no message.
public enum DecodeError: Error, Hashable {
  /// The bytes end inside a field.
  case truncated
  /// A varint of more than 10 bytes, or a tag or length of more than its own size.
  case malformedVarint
  /// A field number 0 or too large, or a wire type that does not exist (groups included).
  case invalidTag
  /// A field comes with another wire type than its declared type has. `field` is its path, such as `variants[3].sku`.
  case wireTypeMismatch(field: String)
  /// A string is not UTF-8. `field` is its path.
  case invalidUTF8(field: String)
  /// A string contains U+0000. `field` is its path.
  case nulInString(field: String)
  /// A `google.protobuf.Timestamp` is not of the years 1 to 9999, or its nanos are out of range. `field` is its path,
  /// such as `variants[3].expire_time`; empty for the message itself.
  case timestampOutOfRange(field: String)
  /// A `google.protobuf.Duration` is of more than 10,000 years, or its nanos are out of range or of the other sign.
  case durationOutOfRange(field: String)
  /// A field that proto2 requires is absent.
  case missingRequiredField(message: String)
  /// Messages are nested deeper than the limit.
  case tooDeep(limit: Int)
  /// The encoding is longer than the limit, in bytes.
  case tooLong(limit: Int)
  /// More elements than the limit.
  case tooManyElements(limit: Int)
  /// The arena's limit, in bytes, is reached.
  case arenaLimit(bytes: Int)
}

extension DecodeError: CustomStringConvertible {
  /// One sentence, fit to be shown to the caller who sent the bytes.
  public var description: String {
    switch self {
    case .truncated: "the message ends inside a field"
    case .malformedVarint: "a varint is longer than it may be"
    case .invalidTag: "a field has an invalid tag"
    case .wireTypeMismatch(let field): "field \(field) has the wrong wire type"
    case .invalidUTF8(let field): "field \(field) is not valid UTF-8"
    case .nulInString(let field): "field \(field) contains U+0000"
    case .timestampOutOfRange(let field): Self.sentence(field, Self.timestampRule)
    case .durationOutOfRange(let field): Self.sentence(field, Self.durationRule)
    case .missingRequiredField(let message): "a required field of \(message) is absent"
    case .tooDeep(let limit): "messages are nested deeper than \(limit)"
    case .tooLong(let limit): "the message is longer than \(limit) bytes"
    case .tooManyElements(let limit): "the message has more than \(limit) elements"
    case .arenaLimit(let bytes): "the message needs more memory than \(bytes) bytes"
    }
  }

  private static let timestampRule = "must be from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z"
  private static let durationRule =
    "must be from -315576000000 to 315576000000 seconds, and its nanos below a second and of the same sign"

  private static func sentence(_ field: String, _ rule: String) -> String {
    field.isEmpty ? "it \(rule)" : "field \(field) \(rule)"
  }

  /// The field whose value is refused, by its path, and what is wrong with it; nil when it is something else that is
  /// wrong with the bytes.
  package var violation: (field: String, description: String)? {
    switch self {
    case .timestampOutOfRange(let field) where !field.isEmpty: (field, "It \(Self.timestampRule).")
    case .durationOutOfRange(let field) where !field.isEmpty: (field, "It \(Self.durationRule).")
    case .invalidUTF8(let field): (field, "Must be valid UTF-8.")
    case .nulInString(let field): (field, "Must not contain U+0000.")
    default: nil
    }
  }

  /// The maximum length of a path in Unicode scalars: messages may be nested a hundred times.
  private static let pathScalarsMax = 200

  /// The same error seen from the message that has the field.
  func inside(_ name: String) -> DecodeError {
    func path(_ field: String) -> String {
      field.isEmpty ? name : EchoedText.cut("\(name).\(field)", scalarsMax: Self.pathScalarsMax)
    }
    return switch self {
    case .wireTypeMismatch(let field): .wireTypeMismatch(field: path(field))
    case .invalidUTF8(let field): .invalidUTF8(field: path(field))
    case .nulInString(let field): .nulInString(field: path(field))
    case .timestampOutOfRange(let field): .timestampOutOfRange(field: path(field))
    case .durationOutOfRange(let field): .durationOutOfRange(field: path(field))
    default: self
    }
  }
}
