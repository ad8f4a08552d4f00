package import Postgres
package import Protobuf
package import RPC

/// The version of a resource. It grows by 1 with each change. Callers get it as an opaque text, the same form for all
/// resources.
package struct ETag: Hashable, Sendable {
  /// The resource's version.
  package let version: Int64

  /// The etag of a version.
  package init(version: Int64) { self.version = version }

  /// The etag that ``text`` wrote; nil for anything else.
  package init?(_ text: String) {
    guard text.utf8.first == UInt8(ascii: "v"), let version = Int64(text.dropFirst()), version > 0,
      text == "v\(version)"
    else { return nil }
    self.version = version
  }

  /// The form in messages.
  package var text: String { "v\(version)" }

  /// The same as a column: an expression of the column with the version.
  package static func column(_ version: Query) -> Query { "'v' || \(version)" }
}

/// The state of a resource that a caller expects when it changes the resource.
package enum ExpectedState: Hashable, Sendable {
  /// Any etag.
  case any
  /// This one and no other.
  case exactly(ETag)

  /// A condition for an UPDATE: the resource is in that state. `version` is its column.
  package func holds(_ version: Query) -> Query {
    switch self {
    case .any: "true"
    case .exactly(let etag): "\(version) = \(etag.version)"
    }
  }

  /// Whether a resource of that version is in that state.
  package func allows(_ version: Int64) -> Bool {
    switch self {
    case .any: true
    case .exactly(let etag): etag.version == version
    }
  }

  /// Says why an UPDATE with ``holds(_:)`` found nothing, if it was for this.
  /// - Parameters:
  ///   - type: the full name of the resource's message.
  ///   - version: the version that the resource has now.
  ///   - id: which resource: its id or, where it has none, its name.
  /// - Throws: ``StaleETag`` unless the state allows that version.
  package func verify(_ version: Int64, of type: String, _ id: some CustomStringConvertible) throws(StaleETag) {
    if !allows(version) { throw StaleETag(type: type, id: id.description, present: ETag(version: version)) }
  }
}

/// The resource has changed since the caller read it: ABORTED, with the current etag.
package struct StaleETag: Error, Equatable {
  /// The full name of the resource's message.
  package let type: String
  /// The id of the resource.
  package let id: String
  /// Its current etag.
  package let present: ETag
}

extension StaleETag: RPCErrorConvertible {
  /// The error for the caller.
  package var rpcError: RPCError {
    ResourceReason.etagMismatch.error(
      metadata: ["etag": present.text],
      details: [.resourceInfo(type: type, name: id, description: "Its current etag is \(present.text).")])
  }
}

extension RequestCheck {
  /// A field that may be empty, or else must be an etag that the resource had.
  package mutating func etag(_ text: Text, _ field: String) -> ExpectedState {
    if text.isEmpty { return .any }
    guard let etag = ETag(text.string) else {
      refuse(field, "Must be an etag of the resource, unchanged, or empty.")
      return .any
    }
    return .exactly(etag)
  }
}
