internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of roles: the built-in ones first, then those that people have made, the oldest first.
///
/// A token's sort key is the number of built-in roles up to the page's end. Its id is that of the last role of the page
/// that people have made, and the lowest possible one where there is none.
struct RoleList {
  private let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListRolesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    page = check.page(request.pageSize, request.pageToken, signedBy: signer)
    try check.verify()
  }

  func answer(_ call: Call) async throws -> ListRolesResponse {
    let response = ListRolesResponse(in: call.arena)
    let passed = max(0, Int(clamping: page.after?.sortKey ?? 0))
    let builtIn = Role.allCases.dropFirst(passed)
    var places: [PageToken] = []
    for (index, role) in builtIn.prefix(page.limit).enumerated() {
      RoleStore.fill(response.roles.appendNew(), role)
      places.append(PageToken(sortKey: Int64(passed + index + 1), id: .none))
    }
    let rows = try await call.database.rows(query(atMost: page.limit - places.count))
    for row in rows {
      try RoleStore.fill(response.roles.appendNew(), row)
      places.append(PageToken(sortKey: Int64(Role.allCases.count), id: try row.id("id")))
    }
    let last = places.count > page.size ? places[page.size - 1] : nil
    (response.roles, response.nextPageToken) = page.cut(response.roles, in: call.arena) { _ in last }
    return response
  }

  private func query(atMost count: Int) -> Query {
    """
    SELECT r.id, r.name, r.title, array_to_string(r.permissions, ',') AS permissions, r.version,
           r.created_at
      FROM identity.role r
     WHERE r.id > \(page.after?.id ?? ID.none)
     ORDER BY r.id
     LIMIT \(count)
    """
  }
}
