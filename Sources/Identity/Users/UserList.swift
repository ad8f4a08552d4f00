internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of users: which, from where on.
struct UserList {
  private static let searchCharactersMax = 100

  private let search: String
  private let role: String
  private let isDisabled: Bool?
  private let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListUsersRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    search = check.line(request.search, "search", upTo: Self.searchCharactersMax)
    role = request.role.string
    isDisabled = request.isDisabled
    page = check.page(
      request.pageSize, request.pageToken, signedBy: signer, filters: Self.fingerprint(search, role, isDisabled))
    try check.verify()
  }

  static var columns: Query {
    """
    u.id, u.email, u.display_name, u.role, coalesce(u.seller_id::text, '') AS seller_id,
           u.email_verified_at IS NOT NULL AS email_verified, u.disabled_at IS NOT NULL AS is_disabled,
           EXISTS (SELECT FROM identity.totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
             AS second_factor,
           u.disabled_reason, 'v' || u.version AS etag, u.created_at AS create_time, u.updated_at AS update_time,
           u.last_login_at AS last_sign_in_time
    """
  }

  /// One user, as lists show them.
  /// - Throws: ``IdentityError/noSuchUser(_:)``.
  static func user(_ id: ID, _ runner: some QueryRunner, in arena: Arena) async throws -> User {
    let user = try await runner.first(
      User.self, "SELECT \(columns) FROM identity.user u WHERE u.id = \(id)", in: arena)
    guard let user else { throw IdentityError.noSuchUser(id.description) }
    return user
  }

  /// A user's id is as old as the user.
  var query: Query {
    """
    SELECT \(Self.columns)
      FROM identity.user u
     WHERE true\(conditions)
     ORDER BY u.id DESC
     LIMIT \(page.limit)
    """
  }

  private var conditions: Query {
    """
    \(page.after.map { " AND u.id < \($0.id)" as Query } ?? "")\
    \(role.isEmpty ? "" : " AND u.role = \(role)" as Query)\
    \(isDisabled.map { " AND (u.disabled_at IS NOT NULL) = \($0)" as Query } ?? "")\
    \(search.isEmpty ? "" : matching)
    """
  }

  /// The beginning of a name or an address; of an address with a domain of other letters, in its letters or in ASCII.
  private var matching: Query {
    """
     AND (starts_with(u.email_key, lower(\(search)))
            OR starts_with(platform.search_key(u.email) COLLATE "C", platform.search_key(\(search)))
            OR starts_with(platform.search_key(u.display_name) COLLATE "C", platform.search_key(\(search))))
    """
  }

  /// The page that the query's rows make.
  func response(of rows: RepeatedField<User>, in arena: Arena) -> ListUsersResponse {
    let response = ListUsersResponse(in: arena)
    (response.users, response.nextPageToken) = page.cut(rows, in: arena) { user in
      ID(user.id.string).map { PageToken(id: $0) }
    }
    return response
  }

  private static func fingerprint(_ search: String, _ role: String, _ isDisabled: Bool?) -> Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add("users")
    for text in [search, role, isDisabled.map(String.init) ?? ""] { fingerprint.add(text) }
    return fingerprint
  }
}
