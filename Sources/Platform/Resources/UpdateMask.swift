package import Protobuf

/// The fields of a resource that an update changes (AIP-134).
package struct UpdateMask: Equatable, Sendable {
  /// Stands for all fields that can be changed.
  static let everything = "*"

  private let paths: Set<String>

  init(_ paths: Set<String>) { self.paths = paths }

  /// Whether the update changes a field.
  package func contains(_ path: String) -> Bool { paths.contains(path) }
}

extension RequestCheck {
  private static let mask = "update_mask"

  /// The fields that the mask of an update names: `*` for all that can be changed. Without a mask, they are the fields
  /// that `resource` has set.
  ///
  /// A field is changed as a whole: the mask names `limit`, never `limit.burst`.
  /// - Parameters:
  ///   - resource: the new values; nil is a resource without any.
  ///   - fields: the fields that can be changed, by their names in the .proto file.
  package mutating func updateMask<Resource: Message>(
    _ mask: FieldMask?, of resource: Resource?, changing fields: [String]
  ) -> UpdateMask {
    let type = Resource.descriptor
    let paths = mask?.paths.map(\.string) ?? []
    if paths == [UpdateMask.everything] { return UpdateMask(Set(fields)) }
    if paths.isEmpty {
      let set = fields.filter { name in
        guard let resource, let field = type.field(named: name) else { return false }
        return resource.storage.has(field)
      }
      require(!set.isEmpty, Self.mask, "Must name a field, or a field must be set: \(Self.list(fields)).")
      return UpdateMask(Set(set))
    }
    for path in paths where !fields.contains(path) {
      if Self.exists(path, in: type) {
        refuse(Self.mask, "Names a field that cannot be changed by itself; these can: \(Self.list(fields)).")
      } else {
        refuse(
          Self.mask, "Names a field that \(type.fullName) does not have; these can be changed: \(Self.list(fields)).")
      }
    }
    return UpdateMask(Set(paths).intersection(fields))
  }

  /// Whether there is a field at the path, which may lead through messages.
  private static func exists(_ path: String, in type: MessageDescriptor) -> Bool {
    var message: MessageDescriptor? = type
    for step in path.split(separator: ".", omittingEmptySubsequences: false) {
      guard let field = message?.field(named: String(step)) else { return false }
      message = field.isRepeated ? nil : field.message
    }
    return true
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
