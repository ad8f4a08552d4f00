internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of security events: which, from where on.
struct SecurityEventList {

  private let kind: SecurityEventReport.Kind?
  private let user: ID?
  private let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListSecurityEventsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    user = check.optionalID(request.userID, "user_id")
    kind = Self.kind(request.kind)
    check.require(kind != nil || request.kind == .unspecified, "kind", "Must be a SecurityEventKind that is known.")
    var filters = Fingerprint()
    filters.add(kind?.rawValue ?? "")
    filters.add(user?.description ?? "")
    page = check.page(
      request.pageSize, request.pageToken, signedBy: signer, sortedBy: .time, filters: filters)
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

  var query: Query {
    """
    SELECT \(SecurityLog.columns)
      FROM security.event e
     WHERE true\(filter)\(behind)
     ORDER BY e.at DESC, e.id DESC
     LIMIT \(page.limit)
    """
  }

  private var filter: Query {
    switch (user, kind?.rawValue) {
    case (nil, nil): ""
    case (let user?, nil): " AND e.user_id = \(user)"
    case (nil, let kind?): " AND e.kind = \(kind)"
    case (let user?, let kind?): " AND e.user_id = \(user) AND e.kind = \(kind)"
    }
  }

  private var behind: Query {
    page.after.map { " AND (e.at, e.id) < (\($0.time), \($0.id))" as Query } ?? ""
  }

  /// The page that the query's rows make.
  func response(of rows: RepeatedField<SecurityEvent>, in arena: Arena) -> ListSecurityEventsResponse {
    let response = ListSecurityEventsResponse(in: arena)
    (response.events, response.nextPageToken) = page.cut(rows, in: arena) { event in
      guard let id = ID(event.id.string), let time = event.createTime.flatMap(Instant.init) else { return nil }
      return PageToken(time: time, id: id)
    }
    return response
  }
}
