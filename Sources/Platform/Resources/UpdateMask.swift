package import Protobuf

/// The fields of a resource that an update changes (AIP-134).
package struct UpdateMask: Equatable, Sendable {
  /// Stands for all fields that can be changed.
  static let everything = "*"

  private let paths: Set<String>

  init(_ paths: Set<String>) { self.paths = paths }

  /// Whether the update changes a field.
  package func contains(_ path: String) -> Bool { paths.contains(path) }

  /// Whether the update changes nothing.
  package var isEmpty: Bool { paths.isEmpty }
}

extension RequestCheck {
  private static let mask = "update_mask"
  /// What says which resource it is, and in which state.
  private static let keys: Set<String> = ["id", "name", "etag"]

  /// The fields that the mask of an update names: `*` for all that can be changed. Without a mask, they are the fields
  /// that `resource` has set.
  ///
  /// A field is changed as a whole: the mask names `limit`, never `limit.burst`.
  /// - Parameters:
  ///   - resource: the new values; nil is a resource without any.
  ///   - fields: the fields that can be changed, by their names in the .proto file.
  ///   - canBeEmpty: whether a request may change nothing.
  package mutating func updateMask<Resource: Message>(
    _ mask: FieldMask?, of resource: Resource?, changing fields: [String], canBeEmpty: Bool = false
  ) -> UpdateMask {
    let type = Resource.descriptor
    let paths = mask?.paths.map(\.string) ?? []
    if paths == [UpdateMask.everything] { return UpdateMask(Set(fields)) }
    if paths.isEmpty {
      let set = Self.setFields(of: resource, in: type).filter { fields.contains($0) }
      if set.isEmpty && !canBeEmpty {
        let fixed = Self.setFields(of: resource, in: type).filter { !Self.keys.contains($0) }
        let reason = fixed.isEmpty ? "" : " What is set cannot be changed here: \(Self.list(fixed))."
        refuse(Self.mask, "Must name a field, or a field must be set: \(Self.list(fields)).\(reason)")
      }
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

  private static func setFields(of resource: (some Message)?, in type: MessageDescriptor) -> [String] {
    guard let resource else { return [] }
    return type.fields.filter { resource.storage.has($0) }.map(\.name)
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
