/// The entries of a map field for encoding. Of several entries with one key, which the wire format allows, the last
/// counts.
struct MapEntries {
  let key: FieldDescriptor
  let value: FieldDescriptor
  private(set) var entries: [MessageStorage] = []

  /// Nil if `field` is no map.
  init?(_ field: FieldDescriptor, of message: MessageStorage) {
    guard let (key, value) = field.mapEntry else { return nil }
    self.key = key
    self.value = value
    let count = message.count(field)
    entries.reserveCapacity(count)
    var keys = MapKeys(type: key.type)
    for index in stride(from: count - 1, through: 0, by: -1) {
      guard let entry = message.element(field, index).message, count == 1 || keys.insert(entry.slot(key).pointer)
      else { continue }
      entries.append(entry)
    }
    entries.reverse()
  }

  /// Puts the entries into the order of their keys: texts by bytes, numbers by value, false before true.
  mutating func sort() {
    let key = key
    switch key.type {
    case .string: entries.sort { $0.slot(key).get(Text.self) < $1.slot(key).get(Text.self) }
    case .int32, .sint32, .sfixed32: entries.sort { $0.slot(key).get(Int32.self) < $1.slot(key).get(Int32.self) }
    case .int64, .sint64, .sfixed64: entries.sort { $0.slot(key).get(Int64.self) < $1.slot(key).get(Int64.self) }
    case .uint64, .fixed64: entries.sort { $0.slot(key).get(UInt64.self) < $1.slot(key).get(UInt64.self) }
    default: entries.sort { $0.slot(key).get(UInt32.self) < $1.slot(key).get(UInt32.self) }
    }
  }
}
