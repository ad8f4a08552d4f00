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

  /// Refuses a request without one.
  var check: Call.RequestCheck {
    { request in
      var check = RequestCheck()
      _ = check.id(request.slot(field).get(Text.self), Self.name)
      try check.verify()
    }
  }
}
