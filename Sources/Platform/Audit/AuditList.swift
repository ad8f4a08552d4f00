internal import FastShopAPI
internal import Postgres
internal import Protobuf

/// A page of the audit log: which entries, from where on.
struct AuditList {
  private static let pageSizeMax = 250
  private static let pageSizeUsual = 50
  private static let nameBytesMax = 200

  private let actor: ID?
  private let resourceType: String?
  private let resource: String?
  private let action: String?
  private let start: Int64?
  private let end: Int64?
  private let after: PageToken?
  private let size: Int

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListAuditEntriesRequest) throws {
    var check = RequestCheck()
    size = check.pageSize(request.pageSize, usual: Self.pageSizeUsual, most: Self.pageSizeMax)
    actor = check.optionalID(request.actorID, "actor_id")
    resourceType = Self.name(request.resourceType, "resource_type", &check)
    resource = Self.name(request.resourceID, "resource_id", &check)
    action = Self.name(request.action, "action", &check)
    start = request.startTime?.microseconds
    end = request.endTime?.microseconds
    check.require(resource == nil || resourceType != nil, "resource_type", "Must be set when resource_id is.")
    if let start, let end { check.require(start < end, "end_time", "Must be after start_time.") }
    let fingerprint = Self.fingerprint(
      [actor?.description, resourceType, resource, action, start.map(String.init), end.map(String.init)])
    after = check.pageToken(request.pageToken.string, filters: fingerprint)
    try check.verify()
    self.fingerprint = fingerprint
  }

  private let fingerprint: Fingerprint

  private static func name(_ text: Text, _ field: String, _ check: inout RequestCheck) -> String? {
    check.require(text.utf8Count <= nameBytesMax, field, "Must have at most \(nameBytesMax) bytes.")
    return text.isEmpty ? nil : text.string
  }

  private static func fingerprint(_ filters: [String?]) -> Fingerprint {
    var fingerprint = Fingerprint()
    for filter in filters { fingerprint.add(filter ?? "") }
    return fingerprint
  }

  /// One row more than the page has, to know whether there is another page.
  var query: Query {
    """
    SELECT e.id, e.at AS time, upper(e.actor_kind) AS "actor.kind", coalesce(e.actor_id, '') AS "actor.id",
           coalesce(e.session_id, '') AS "actor.session_id", coalesce(e.peer, '') AS "actor.address", e.method,
           e.action, e.resource_type, e.resource_id, coalesce(e.request_id, '') AS request_id,
           coalesce(e.before::text, '') AS before_json, coalesce(e.after::text, '') AS after_json,
           e.chain, e.seq AS sequence, encode(e.hash, 'hex') AS hash
      FROM audit.entry e
     WHERE true\(filters)\(place)
     ORDER BY e.at DESC, e.id DESC
     LIMIT \(size + 1)
    """
  }

  private var filters: Query {
    """
    \(actor.map { " AND e.actor_id = \($0.description)" as Query } ?? "")\
    \(resourceType.map { " AND e.resource_type = \($0)" as Query } ?? "")\
    \(resource.map { " AND e.resource_id = \($0)" as Query } ?? "")\
    \(action.map { $0.hasSuffix(".") ? " AND starts_with(e.action, \($0))" as Query : " AND e.action = \($0)" } ?? "")\
    \(start.map { " AND e.at >= \(Instant(microseconds: $0))" as Query } ?? "")\
    \(end.map { " AND e.at < \(Instant(microseconds: $0))" as Query } ?? "")
    """
  }

  private var place: Query {
    after.map { " AND (e.at, e.id) < (\(Instant(microseconds: $0.sortKey)), \($0.id))" as Query } ?? ""
  }

  /// The page that the query's rows make.
  func page(of rows: RepeatedField<AuditEntry>, in arena: Arena) -> ListAuditEntriesResponse {
    let response = ListAuditEntriesResponse(in: arena)
    guard rows.count > size else {
      response.entries = rows
      return response
    }
    response.entries = RepeatedField(rows.prefix(size), in: arena)
    if let last = response.entries.last, let id = ID(last.id.string), let time = last.time {
      response.nextPageToken = arena.text(PageToken(sortKey: time.microseconds, id: id).text(filters: fingerprint))
    }
    return response
  }
}

/// A time in a query.
private struct Instant: QueryValue {
  let microseconds: Int64

  var queryBind: QueryBind { .instant(microseconds: microseconds) }
}

extension Timestamp {
  /// Since 1970, bounded so that no sum overflows.
  fileprivate var microseconds: Int64 {
    let bound: Int64 = 1 << 40
    return min(max(seconds, -bound), bound) * 1_000_000 + Int64(nanos) / 1_000
  }
}
