internal import Platform
internal import Postgres
internal import Protobuf
internal import SecurityAPI

/// A page of security events, with its filters. The user, or else the kind, decides which index is read.
struct SecurityEventList: PagedList {
  typealias Element = SecurityEvent

  let page: PageRequest
  private let kind: SecurityEventReport.Kind?
  private let user: ID?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListSecurityEventsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    user = check.optionalID(request.userID, "user_id")
    kind = Self.kind(request.kind)
    check.require(kind != nil || request.kind == .unspecified, "kind", "Must be a SecurityEventKind that is known.")
    let index = user != nil ? "event_of_user" : kind != nil ? "event_of_kind" : "event_by_time"
    let order = ListOrder(
      "newest", .index(index), .descending, by: .time("e.at", in: "create_time"), .id("e.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  private static func kind(_ kind: SecurityEventKind) -> SecurityEventReport.Kind? {
    switch kind {
    case .signInFailed: .signInFailed
    case .lockedOut: .lockedOut
    case .refreshReused: .refreshReused
    case .newDevice: .newDevice
    case .privilegeChanged: .privilegeChanged
    default: nil
    }
  }

  var rows: ListRows { ListRows(SecurityLog.columns, from: "security.event e", where: condition) }

  private var condition: Query {
    let kind = kind?.rawValue
    if let user { return "e.user_id = \(user) AND (\(kind)::text IS NULL OR e.kind = \(kind))" }
    if let kind { return "e.kind = \(kind)" }
    return "true"
  }
}
