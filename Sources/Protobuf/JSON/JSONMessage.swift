extension Message {
  /// The message that `json` is the proto3 JSON form of, made in `arena`; nothing points at `json` afterwards.
  ///
  /// At most 64 levels deep, and as large as the arena's limit lets it be.
  public init(json: String, in arena: Arena, options: JSONReadingOptions = .strict) throws(JSONError) {
    try self.init(json: Array(json.utf8), in: arena, options: options)
  }

  /// The same as `init(json:in:options:)` for bytes, which must be UTF-8.
  public init(json: [UInt8], in arena: Arena, options: JSONReadingOptions = .strict) throws(JSONError) {
    let read: Result<MessageStorage, JSONError> = json.withUnsafeBytes { bytes in
      do throws(JSONError) {
        return .success(try Self.descriptor.read(json: bytes, in: arena, options: options))
      } catch {
        return .failure(error)
      }
    }
    self.init(storage: try read.get())
  }

  /// The same as `init(json:in:options:)` for bytes, without copying them.
  public init(
    json: UnsafeRawBufferPointer, in arena: Arena, options: JSONReadingOptions = .strict
  ) throws(JSONError) {
    self.init(storage: try Self.descriptor.read(json: json, in: arena, options: options))
  }

  /// The message's proto3 JSON form. Unknown fields are left out.
  public func json(_ options: JSONWritingOptions = .compact) throws(JSONWritingError) -> String {
    var writer = JSONWriter(options: options)
    try writer.message(try showingAdded().storage, Self.descriptor.layout, depth: 1)
    return writer.output.string
  }

  /// The same as `json(_:)`, as bytes of UTF-8.
  public func jsonBytes(_ options: JSONWritingOptions = .compact) throws(JSONWritingError) -> [UInt8] {
    var writer = JSONWriter(options: options)
    try writer.message(try showingAdded().storage, Self.descriptor.layout, depth: 1)
    return Array(writer.output.bytes)
  }
}

extension MessageDescriptor {
  /// The message of this type whose JSON form is `json`.
  package func read(
    json: UnsafeRawBufferPointer, in arena: Arena, options: JSONReadingOptions = .strict
  ) throws(JSONError) -> MessageStorage {
    var reader = JSONReader(json, arena: arena, options: options)
    let message = MessageStorage(arena: arena, pointer: try reader.make(layout))
    try reader.message(message.pointer, layout, depth: 1)
    try reader.cursor.finish()
    return message
  }
}

extension MessageStorage {
  /// Reads a JSON object into this message, which must be of type `descriptor`. Fields that do not come keep their
  /// values; repeated fields and maps that do come are replaced.
  package func read(
    json: UnsafeRawBufferPointer, of descriptor: MessageDescriptor, options: JSONReadingOptions = .strict
  ) throws(JSONError) {
    var reader = JSONReader(json, arena: arena, options: options)
    try reader.message(pointer, descriptor.layout, depth: 1)
    try reader.cursor.finish()
  }

  /// Reads a JSON value into one field: an array into a repeated field, an object into a message or a map, and so on.
  /// `null` leaves the field as it is. Messages that are set are read into, repeated fields and maps replaced.
  package func read(
    json: UnsafeRawBufferPointer, into field: FieldDescriptor, options: JSONReadingOptions = .strict
  ) throws(JSONError) {
    var reader = JSONReader(json, arena: arena, options: options)
    do throws(JSONError) {
      if !reader.cursor.takeNull() { try reader.field(field.layout, of: pointer, depth: 1) }
      try reader.cursor.finish()
    } catch {
      throw error.inside(field.jsonName)
    }
  }
}
