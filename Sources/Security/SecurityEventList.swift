internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of security events: which, from where on.
struct SecurityEventList {
  private static let pageSizeMax = 250
  private static let pageSizeUsual = 50

  private let kind: SecurityIncident.Kind?
  private let user: ID?
  private let after: PageToken?
  private let size: Int
  private let filters: Fingerprint

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListSecurityEventsRequest) throws {
    var check = RequestCheck()
    size = check.pageSize(request.pageSize, usual: Self.pageSizeUsual, most: Self.pageSizeMax)
    user = check.optionalID(request.userID, "user_id")
    kind = Self.kind(request.kind)
    check.require(kind != nil || request.kind == .unspecified, "kind", "Must be one of the kinds.")
    var filters = Fingerprint()
    filters.add(kind?.rawValue ?? "")
    filters.add(user?.description ?? "")
    self.filters = filters
    after = check.pageToken(request.pageToken.string, filters: filters)
    try check.verify()
  }

  private static func kind(_ kind: SecurityEventKind) -> SecurityIncident.Kind? {
    switch kind {
    case .loginFailed: .loginFailed
    case .lockedOut: .lockedOut
    case .refreshReused: .refreshReused
    case .newDevice: .newDevice
    case .privilegeChanged: .privilegeChanged
    default: nil
    }
  }

  /// One row more than the page has, to know whether there is another page.
  var query: Query {
    """
    SELECT \(SecurityLog.columns)
      FROM security.event e
     WHERE true\(filter)\(behind)
     ORDER BY e.at DESC, e.id DESC
     LIMIT \(size + 1)
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
    guard let after else { return "" }
    return """
       AND (e.at, e.id) < (timestamptz 'epoch' + \(after.sortKey)::bigint * interval '1 microsecond', \(after.id))
      """
  }

  /// The page that the query's rows make.
  func page(of rows: RepeatedField<SecurityEvent>, in arena: Arena) -> ListSecurityEventsResponse {
    let response = ListSecurityEventsResponse(in: arena)
    guard rows.count > size else {
      response.events = rows
      return response
    }
    let events = RepeatedField(rows.prefix(size), in: arena)
    response.events = events
    if let last = events.last, let id = ID(last.id.string), let time = last.createTime {
      let place = PageToken(sortKey: time.seconds * 1_000_000 + Int64(time.nanos) / 1_000, id: id)
      response.nextPageToken = arena.text(place.text(filters: filters))
    }
    return response
  }
}
