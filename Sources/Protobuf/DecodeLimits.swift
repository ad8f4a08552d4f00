/// What bytes from outside may ask of the decoder.
public struct DecodeLimits: Sendable {
  /// The longest encoding, in bytes.
  public var bytesMax: Int
  /// How deep messages may be nested; the outermost is at depth 1.
  public var depthMax: Int
  /// How many fields there may be in all, however often each comes, known or not; of packed ones, how many elements.
  public var elementsMax: Int

  /// Limits; what is not given is as in `standard`.
  public init(bytesMax: Int = 64 << 20, depthMax: Int = 64, elementsMax: Int = 1_000_000) {
    self.bytesMax = bytesMax
    self.depthMax = depthMax
    self.elementsMax = elementsMax
  }

  /// 64 MiB, 64 deep, 1,000,000 elements. The arena's own limit bounds the memory.
  public static let standard = DecodeLimits()
}

/// Why bytes are no message.
public enum DecodeError: Error, Hashable {
  /// The bytes end inside a field.
  case truncated
  /// A varint of more than 10 bytes, or a tag or length of more than its own size.
  case malformedVarint
  /// A field number 0 or too large, or a wire type that does not exist (groups included).
  case invalidTag
  /// A field comes with another wire type than its declared type has.
  case wireTypeMismatch(field: String)
  /// A string is not UTF-8.
  case invalidUTF8(field: String)
  /// A string contains U+0000.
  case nulInString(field: String)
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
    case .missingRequiredField(let message): "a required field of \(message) is absent"
    case .tooDeep(let limit): "messages are nested deeper than \(limit)"
    case .tooLong(let limit): "the message is longer than \(limit) bytes"
    case .tooManyElements(let limit): "the message has more than \(limit) elements"
    case .arenaLimit(let bytes): "the message needs more memory than \(bytes) bytes"
    }
  }
}
