internal import Protobuf
internal import RPC

/// The field `request_id` of a request, which must be a UUID.
struct RequestIDRule: Sendable {
  private static let name = "request_id"

  private let field: FieldDescriptor

  /// Nil when requests of this type have no such field.
  init?(_ request: MessageDescriptor) {
    guard let field = request.field(named: Self.name), field.type == .string, !field.isRepeated else { return nil }
    self.field = field
  }

  /// Writes the id in the usual form.
  func spell(_ id: ID, in request: MessageStorage) {
    let text = id.description
    if request.slot(field).get(Text.self).string != text { request.slotForWriting(field).set(request.arena.text(text)) }
  }

  /// Refuses a request without one.
  var check: Call.RequestCheck {
    { request in
      var check = RequestCheck()
      _ = check.id(request.slot(field).get(Text.self), Self.name)
      try check.verify()
    }
  }
}
