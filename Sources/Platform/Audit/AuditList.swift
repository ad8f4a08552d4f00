internal import AuditAPI
internal import Postgres
internal import Protobuf

/// One page of the audit log: its filters and its position. The actor, or else the resource, decides which index is
/// read; the other filters are checked entry by entry.
struct AuditList: PagedList {
  typealias Element = AuditEntry

  private static let nameBytesMax = 200

  private let actor: ID?
  private let resourceType: String?
  private let resource: String?
  private let action: String?
  private let start: Instant?
  private let end: Instant?
  let page: PageRequest

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
    page = try check.page(
      of: request, in: Self.order(actor: actor, resource: resource), signedBy: signer)
    try check.verify()
  }

  private static func order(actor: ID?, resource: String?) -> ListOrder {
    let index = actor != nil ? "entry_of_actor" : resource != nil ? "entry_of_resource" : "entry_by_time"
    return ListOrder("newest", .index(index), .descending, by: .time("e.at", in: "create_time"), .id("e.id", in: "id"))
  }

  private static func name(_ text: Text, _ field: String, _ check: inout RequestCheck) -> String? {
    check.require(text.utf8Count <= nameBytesMax, field, "Must have at most \(nameBytesMax) bytes.")
    return text.isEmpty ? nil : text.string
  }

  var rows: ListRows {
    ListRows(Self.columns, from: "audit.entry e", where: "\(source) AND \(rest)")
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

  /// The condition that the index serves.
  private var source: Query {
    if let actor { return "e.actor_id = \(actor.description)" }
    if let resource { return "e.resource_type = \(resourceType) AND e.resource_id = \(resource)" }
    return "true"
  }

  private var rest: Query {
    let isGroup = action?.hasSuffix(".") ?? false
    let (group, exact) = (isGroup ? action : nil, isGroup ? nil : action)
    return """
      (\(resourceType)::text IS NULL OR e.resource_type = \(resourceType))
         AND (\(resource)::text IS NULL OR e.resource_id = \(resource))
         AND (\(exact)::text IS NULL OR e.action = \(exact))
         AND (\(group)::text IS NULL OR starts_with(e.action, \(group)))
         AND (\(start)::timestamptz IS NULL OR e.at >= \(start)) AND (\(end)::timestamptz IS NULL OR e.at < \(end))
      """
  }
}
