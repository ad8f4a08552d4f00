extension Message {
  /// The message in protobuf's text format, a field a line. Unknown fields are left out.
  /// - Parameter types: the types that an Any is unfolded for; others are written as URL and bytes.
  public func textFormat(types: TypeRegistry = TypeRegistry()) -> String {
    var writer = TextFormatWriter(isOneLine: false, types: types)
    writer.fields(of: storage, Self.descriptor, depth: 1)
    return writer.output.string
  }

  /// The message in protobuf's text format, in one line.
  public var description: String {
    var writer = TextFormatWriter(isOneLine: true, types: TypeRegistry())
    writer.fields(of: storage, Self.descriptor, depth: 1)
    return writer.output.string
  }

  /// The message that `text` is the text format of, made in `arena`. At most 64 levels deep.
  /// - Parameter types: the types that an Any may be unfolded for.
  public init(
    textFormat text: String, in arena: Arena, types: TypeRegistry = TypeRegistry()
  ) throws(TextFormatError) {
    var reader = TextFormatReader(text, types: types)
    guard let message = Self.descriptor.makeWithinLimit(in: arena) else { throw reader.arenaError }
    try reader.fields(of: message, Self.descriptor, until: nil, depth: 1)
    self.init(storage: message)
  }
}
