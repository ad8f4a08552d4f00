internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of roles: the built-in ones first, then the custom ones, the oldest first.
struct RoleList: PagedList {
  typealias Element = IdentityAPI.Role

  let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListRolesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let order = ListOrder(
      "built-in first", .sort(atMost: Platform.Role.allCases.count + RoleStore.rolesMax), by: .number("r.rank"),
      .id("r.id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let builtIn = Platform.Role.allCases
    return ListRows(
      "r.name, r.title, r.permissions, r.is_built_in, r.etag, r.created_at AS create_time",
      from: """
        (SELECT b.rank, \(ID.none)::uuid AS id, b.name, initcap(b.name) AS title,
                string_to_array(b.permissions, ',') AS permissions, true AS is_built_in, '' AS etag,
                NULL::timestamptz AS created_at
           FROM unnest(\(builtIn.map(\.rawValue))::text[],
                       \(builtIn.map { $0.permissions.names.joined(separator: ",") })::text[])
                WITH ORDINALITY b (name, permissions, rank)
          UNION ALL
         SELECT \(builtIn.count + 1)::bigint, r.id, r.name, r.title, r.permissions, false, \(ETag.column("r.version")),
                r.created_at
           FROM identity.role r) r
        """, where: "true")
  }
}
