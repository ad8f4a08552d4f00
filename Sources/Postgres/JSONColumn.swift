internal import Protobuf

/// Reads a `json` or `jsonb` column into a field.
enum JSONColumn {
  static func read(
    _ text: UnsafePointer<CChar>, into field: FieldDescriptor, of message: MessageStorage
  ) throws(ColumnConversion.Failure) {
    throw .unfit
  }
}
