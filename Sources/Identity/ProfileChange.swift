internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// What a user changes of what they tell of themselves.
struct ProfileChange {
  private static let fields = ["display_name", "locale", "phone"]
  private static let type = "fastshop.identity.v1.Profile"

  private var displayName: String?
  private var locale: String?
  private var phone: String?
  private let state: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateProfileRequest, _ check: inout RequestCheck) throws {
    var paths = request.updateMask?.paths.map(\.string) ?? []
    if paths.isEmpty { paths = Self.fields }
    state = check.etag(request.profile?.etag ?? "", "profile.etag")
    for path in paths {
      switch path {
      case "display_name":
        displayName = check.displayName(request.profile?.displayName.string ?? "", "profile.display_name")
      case "locale": locale = check.locale(request.profile?.locale.string ?? "", "profile.locale")
      case "phone": phone = check.phone(request.profile?.phone.string ?? "", "profile.phone")
      default: check.refuse("update_mask", "Must have no path but display_name, locale and phone.")
      }
    }
    try check.verify()
  }

  func carryOut(for user: ID, at now: Instant, _ transaction: Transaction) async throws {
    let rows = try await transaction.rows("SELECT u.version FROM identity.user u WHERE u.id = \(user) FOR UPDATE")
    guard let row = rows.first else { throw IdentityError.noSession }
    try state.verify(try row.int64("version"), of: Self.type, user)
    try await transaction.execute(
      """
      UPDATE identity.user
         SET display_name = coalesce(\(displayName)::text, display_name), locale = coalesce(\(locale)::text, locale),
             phone = coalesce(\(phone)::text, phone), version = version + 1, updated_at = \(now)
       WHERE id = \(user)
      """)
  }

  static func profile(of user: ID, _ runner: some QueryRunner, in arena: Arena) async throws -> Profile? {
    try await runner.first(
      Profile.self,
      """
      SELECT u.id AS user_id, u.email, u.display_name, u.locale, u.phone, u.role,
             coalesce(u.seller_id::text, '') AS seller_id, u.email_verified_at IS NOT NULL AS email_verified,
             'v' || u.version AS etag, u.created_at AS create_time, u.updated_at AS update_time
        FROM identity.user u
       WHERE u.id = \(user)
      """, in: arena)
  }
}
