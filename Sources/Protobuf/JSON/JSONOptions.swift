/// Options for reading proto3 JSON.
public struct JSONReadingOptions: Sendable {
  /// Whether fields and names of enum values that the message does not know are skipped instead of refused.
  public var ignoresUnknown: Bool
  /// The message types that an Any may hold.
  public var types: TypeRegistry
  /// The maximum number of members of objects and elements of arrays in total, not counting the first of each.
  public var elementsMax: Int

  /// Options; what is not given is strict.
  public init(ignoresUnknown: Bool = false, types: TypeRegistry = TypeRegistry(), elementsMax: Int = 1_000_000) {
    self.ignoresUnknown = ignoresUnknown
    self.elementsMax = elementsMax
    self.types = types
  }

  /// Unknown fields are refused; an Any may hold nothing.
  public static let strict = JSONReadingOptions()
}

/// Options for writing proto3 JSON.
public struct JSONWritingOptions: Sendable {
  /// Whether the text is broken into lines, indented by two spaces; otherwise it has no blanks at all.
  public var isPretty: Bool
  /// Whether fields that have their default value are written, except messages and members of a oneof.
  public var writesDefaults: Bool
  /// Whether fields have their names of the .proto file instead of lowerCamelCase.
  public var keepsProtoNames: Bool
  /// Whether enum values are written as numbers instead of names.
  public var writesEnumNumbers: Bool
  /// The message types that an Any may hold.
  public var types: TypeRegistry

  /// Options; what is not given is compact and canonical.
  public init(
    isPretty: Bool = false, writesDefaults: Bool = false, keepsProtoNames: Bool = false,
    writesEnumNumbers: Bool = false, types: TypeRegistry = TypeRegistry()
  ) {
    self.isPretty = isPretty
    self.writesDefaults = writesDefaults
    self.keepsProtoNames = keepsProtoNames
    self.writesEnumNumbers = writesEnumNumbers
    self.types = types
  }

  /// One line without blanks.
  public static let compact = JSONWritingOptions()
  /// Lines indented by two spaces, for people.
  public static let pretty = JSONWritingOptions(isPretty: true)
}

/// Why a message has no JSON form.
public enum JSONWritingError: Error, Hashable {
  /// A Timestamp, Duration or FieldMask holds what its text form cannot say, or a message what cannot be decoded.
  case invalid(type: String)
  /// The type that an Any names is not in the registry, or its bytes are no such message.
  case unknownType(url: String)
  /// Messages are nested deeper than the limit.
  case tooDeep(limit: Int)
}
