extension JSONWriter {
  /// Writes a message that has a JSON form of its own.
  mutating func wellKnown(
    _ message: MessageStorage, _ layout: Layout, depth: Int
  ) throws(JSONWritingError) {
    let fields = MessageDescriptor(layout: UnsafeMutablePointer(mutating: layout)).fields
    switch layout.pointee.wellKnown {
    case .none: break
    case .wrapper: scalar(message.slot(fields[0]))
    case .any: try any(message, fields, depth: depth)
    case .fieldMask:
      output.append("\"")
      for index in 0..<message.count(fields[0]) {
        if index > 0 { output.append(",") }
        let path = message.element(fields[0], index).get(Text.self)
        guard path.withUTF8({ FieldMaskPath.writeCamelCase(UnsafeRawBufferPointer($0), to: &output) }) else {
          throw .invalid(type: "google.protobuf.FieldMask")
        }
      }
      output.append("\"")
    case .timestamp:
      let (seconds, nanos) = (message.slot(fields[0]).get(Int64.self), message.slot(fields[1]).get(Int32.self))
      guard let time = TimestampText(seconds: seconds, nanos: nanos) else {
        throw .invalid(type: "google.protobuf.Timestamp")
      }
      output.append("\"")
      time.write(to: &output)
      output.append("\"")
    case .duration:
      let (seconds, nanos) = (message.slot(fields[0]).get(Int64.self), message.slot(fields[1]).get(Int32.self))
      guard let duration = DurationText(seconds: seconds, nanos: nanos) else {
        throw .invalid(type: "google.protobuf.Duration")
      }
      output.append("\"")
      duration.write(to: &output)
      output.append("\"")
    }
  }

  /// Writes an object with `@type` and the fields of the message that the Any holds, or its `value`.
  private mutating func any(
    _ message: MessageStorage, _ fields: MessageDescriptor.Fields, depth: Int
  ) throws(JSONWritingError) {
    guard depth <= JSONWriter.depthMax else { throw .tooDeep(limit: JSONWriter.depthMax) }
    let url = message.slot(fields[0])
    var isFirst = true
    open("{")
    guard !url.get(Text.self).isEmpty else { return close("}", isEmpty: true) }
    guard let type = options.types.type(url: url.get(Text.self).string) else {
      throw .unknownType(url: url.get(Text.self).string)
    }
    let content: MessageStorage
    do throws(DecodeError) {
      content = try message.slot(fields[1]).get(Bytes.self).decode(as: type, in: message.arena)
    } catch {
      throw .unknownType(url: url.get(Text.self).string)
    }
    separate(&isFirst)
    output.append(options.isPretty ? "\"@type\": " : "\"@type\":")
    string(url)
    if type.layout.pointee.wellKnown == .none {
      try self.fields(of: content, type.layout, isFirst: &isFirst, depth: depth)
    } else {
      separate(&isFirst)
      output.append(options.isPretty ? "\"value\": " : "\"value\":")
      try self.message(content, type.layout, depth: depth + 1)
    }
    close("}", isEmpty: false)
  }
}

extension Bytes {
  /// The message that these bytes encode.
  func decode(as type: MessageDescriptor, in arena: Arena) throws(DecodeError) -> MessageStorage {
    let decoded: Result<MessageStorage, DecodeError> = withUnsafeBytes { bytes in
      do throws(DecodeError) {
        return .success(try type.decode(bytes, in: arena, limits: .standard))
      } catch {
        return .failure(error)
      }
    }
    return try decoded.get()
  }
}
