internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of users, the newest first: their ids are in the order of their creation.
///
/// The most selective filter decides how the users are found; the others are checked user by user.
struct UserList: PagedList {
  typealias Element = User

  /// How the users are found.
  private enum Source {
    case every
    /// A role that few have.
    case role
    case disabled
    case search
  }

  private static let searchCharactersMax = 100

  let page: PageRequest
  private let source: Source
  private let search: String
  private let role: String?
  private let isDisabled: Bool?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListUsersRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    search = check.line(request.search, "search", upTo: Self.searchCharactersMax)
    role = request.role.isEmpty ? nil : request.role.string
    isDisabled = request.isDisabled
    if !search.isEmpty {
      source = .search
    } else if let role, role != Role.customer.rawValue {
      source = .role
    } else {
      source = isDisabled == true ? .disabled : .every
    }
    page = try check.page(of: request, in: Self.order(source), signedBy: signer)
    try check.verify()
  }

  private static func order(_ source: Source) -> ListOrder {
    let access: ListOrder.Access =
      switch source {
      case .every: .index("user_pkey")
      case .role: .index("user_by_role")
      case .disabled: .index("user_disabled")
      case .search: .search
      }
    return ListOrder("newest", access, .descending, by: .id("u.id", in: "id"))
  }

  static var columns: Query {
    """
    u.id, u.email, u.display_name, u.role, coalesce(u.seller_id::text, '') AS seller_id,
           u.email_verified_at IS NOT NULL AS email_verified, u.disabled_at IS NOT NULL AS is_disabled,
           EXISTS (SELECT FROM identity.totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
             AS second_factor,
           u.disabled_reason, \(ETag.column("u.version")) AS etag, u.created_at AS create_time,
           u.updated_at AS update_time, u.last_login_at AS last_sign_in_time
    """
  }

  /// Finds one user, as lists show them.
  /// - Throws: ``IdentityError/noSuchUser(_:)``.
  static func user(_ id: ID, _ runner: some QueryRunner, in arena: Arena) async throws -> User {
    let user = try await runner.first(
      User.self, "SELECT \(columns) FROM identity.user u WHERE u.id = \(id)", in: arena)
    guard let user else { throw IdentityError.noSuchUser(id.description) }
    return user
  }

  var rows: ListRows {
    ListRows(
      Self.columns, from: "identity.user u",
      where: """
        \(condition) AND (\(role)::text IS NULL OR u.role = \(role))
           AND (\(isDisabled)::boolean IS NULL OR (u.disabled_at IS NOT NULL) = \(isDisabled))
        """)
  }

  /// The condition that an index serves.
  private var condition: Query {
    switch source {
    case .every: "true"
    case .role: "u.role = \(role) AND u.role <> 'customer'"
    case .disabled: "u.disabled_at IS NOT NULL"
    case .search: matching
    }
  }

  /// Matches the beginning of a name or an address. An address with an international domain matches in its own script
  /// and in ASCII.
  private var matching: Query {
    """
    (starts_with(u.email_key, lower(\(search)))
            OR starts_with(platform.search_key(u.email) COLLATE "C", platform.search_key(\(search)))
            OR starts_with(platform.search_key(u.display_name) COLLATE "C", platform.search_key(\(search))))
    """
  }
}
