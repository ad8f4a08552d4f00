internal import Glibc
internal import Protobuf

/// Reads a `json` or `jsonb` column into a field, by the rules of proto3 JSON.
enum JSONColumn {
  static func read(
    _ text: UnsafePointer<CChar>, into field: FieldDescriptor, of message: MessageStorage
  ) throws(ColumnConversion.Failure) {
    do throws(JSONError) {
      try message.read(json: UnsafeRawBufferPointer(start: text, count: Int(strlen(text))), into: field)
    } catch {
      throw .json("\(error)")
    }
  }
}
