internal import AuditAPI
internal import Postgres
internal import Protobuf

/// One page of the audit log: its filters and its position.
struct AuditList {
  private static let nameBytesMax = 200

  private let actor: ID?
  private let resourceType: String?
  private let resource: String?
  private let action: String?
  private let start: Instant?
  private let end: Instant?
  private let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListAuditEntriesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    actor = check.optionalID(request.actorID, "actor_id")
    resourceType = Self.name(request.resourceType, "resource_type", &check)
    resource = Self.name(request.resourceID, "resource_id", &check)
    action = Self.name(request.action, "action", &check)
    start = request.startTime.flatMap { check.instant($0, "start_time") }
    end = request.endTime.flatMap { check.instant($0, "end_time") }
    check.require(resource == nil || resourceType != nil, "resource_type", "Must be set when resource_id is.")
    if let start, let end { check.require(start < end, "end_time", "Must be after start_time.") }
    let moments = [start, end].map { $0.map { String($0.microseconds) } }
    page = check.page(
      request.pageSize, request.pageToken, signedBy: signer, sortedBy: .time,
      filters: Self.fingerprint([actor?.description, resourceType, resource, action] + moments))
    try check.verify()
  }

  private static func name(_ text: Text, _ field: String, _ check: inout RequestCheck) -> String? {
    check.require(text.utf8Count <= nameBytesMax, field, "Must have at most \(nameBytesMax) bytes.")
    return text.isEmpty ? nil : text.string
  }

  private static func fingerprint(_ filters: [String?]) -> Fingerprint {
    var fingerprint = Fingerprint()
    for filter in filters { fingerprint.add(filter ?? "") }
    return fingerprint
  }

  /// The columns of `audit.entry e` that make an entry of the API.
  static var columns: Query {
    """
    e.id, e.at AS create_time, upper(e.actor_kind) AS "actor.kind", coalesce(e.actor_id, '') AS "actor.id",
           coalesce(e.session_id, '') AS "actor.session_id", coalesce(e.peer, '') AS "actor.address", e.method,
           e.action, e.resource_type, e.resource_id, coalesce(e.request_id, '') AS request_id,
           coalesce(e.before::text, '') AS before_json, coalesce(e.after::text, '') AS after_json,
           e.chain, e.seq AS sequence, encode(e.hash, 'hex') AS hash
    """
  }

  var query: Query {
    """
    SELECT \(Self.columns)
      FROM audit.entry e
     WHERE true\(filters)\(position)
     ORDER BY e.at DESC, e.id DESC
     LIMIT \(page.limit)
    """
  }

  private var filters: Query {
    """
    \(actor.map { " AND e.actor_id = \($0.description)" as Query } ?? "")\
    \(resourceType.map { " AND e.resource_type = \($0)" as Query } ?? "")\
    \(resource.map { " AND e.resource_id = \($0)" as Query } ?? "")\
    \(action.map { $0.hasSuffix(".") ? " AND starts_with(e.action, \($0))" as Query : " AND e.action = \($0)" } ?? "")\
    \(start.map { " AND e.at >= \($0)" as Query } ?? "")\
    \(end.map { " AND e.at < \($0)" as Query } ?? "")
    """
  }

  private var position: Query {
    page.after.map { " AND (e.at, e.id) < (\($0.time), \($0.id))" as Query } ?? ""
  }

  /// The page that the query's rows make.
  func response(of rows: RepeatedField<AuditEntry>, in arena: Arena) -> ListAuditEntriesResponse {
    let response = ListAuditEntriesResponse(in: arena)
    (response.entries, response.nextPageToken) = page.cut(rows, in: arena) { entry in
      guard let id = ID(entry.id.string), let time = entry.createTime.flatMap(Instant.init) else { return nil }
      return PageToken(time: time, id: id)
    }
    return response
  }
}
