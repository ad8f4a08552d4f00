package import Postgres
package import Protobuf

/// What programs of the shop's partners keep with a resource: texts by key, which the shop only stores.
package struct ResourceMetadata: Equatable, Sendable {
  /// Entries of a resource.
  package static let entriesMax = 50
  /// Characters of a key: ASCII letters, digits, `_`, `.` and `-`.
  package static let keyCharactersMax = 64
  /// Characters of a value.
  package static let valueCharactersMax = 500

  private var keys: [String] = []
  private var values: [String] = []

  fileprivate mutating func append(_ key: String, _ value: String) {
    keys.append(key)
    values.append(value)
  }

  /// Replaces the entries of a map, which stays as it is if it has the same ones.
  package func write(to map: MapField<Text, Text>, in arena: Arena) {
    let present = Dictionary(map.entries.map { ($0.key.string, $0.value.string) }) { $1 }
    if present == Dictionary(zip(keys, values), uniquingKeysWith: { $1 }) { return }
    map.removeAll()
    for (key, value) in zip(keys, values) { map[arena.text(key)] = arena.text(value) }
  }

  /// The entries as a value of type `jsonb`.
  package var column: Query { "jsonb_object(\(keys)::text[], \(values)::text[])" }
}

extension RequestCheck {
  /// The number of characters of an external id.
  package static let externalIDCharactersMax = 100

  /// A field with metadata.
  package mutating func metadata(_ map: MapField<Text, Text>, _ field: String) -> ResourceMetadata {
    guard map.count <= ResourceMetadata.entriesMax else {
      refuse(field, "Must have at most \(ResourceMetadata.entriesMax) entries, and has \(map.count).")
      return ResourceMetadata()
    }
    var metadata = ResourceMetadata()
    for (key, value) in map.entries {
      guard Self.isKey(key.string) else {
        refuse(
          field,
          """
          Must have keys of 1 to \(ResourceMetadata.keyCharactersMax) ASCII letters, digits, underscores, dots and \
          hyphens.
          """)
        return ResourceMetadata()
      }
      let path = "\(field)[\(key.string)]"
      metadata.append(key.string, note(value, path, upTo: ResourceMetadata.valueCharactersMax))
    }
    return metadata
  }

  /// A field with the id that the caller's own system has for a resource; nil when it is empty.
  package mutating func externalID(_ text: Text, _ field: String) -> String? {
    let id = line(text, field, upTo: Self.externalIDCharactersMax)
    return id.isEmpty ? nil : id
  }

  private static func isKey(_ key: String) -> Bool {
    (1...ResourceMetadata.keyCharactersMax).contains(key.utf8.count)
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
