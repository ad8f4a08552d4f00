internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A change of a user's profile.
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
      default: check.refuse("update_mask", "Must contain only the paths display_name, locale and phone.")
      }
    }
    try check.verify()
  }

  func apply(on stored: StoredProfile, at now: Instant, _ work: Work) async throws {
    let user = stored.user
    let rows = try await work.rows("SELECT u.version FROM identity.user u WHERE u.id = \(user) FOR UPDATE")
    guard let row = rows.first else { throw IdentityError.noSession }
    try state.verify(try row.int64("version"), of: Self.type, user)
    let sealed = try phone.flatMap { try stored.seal(phone: $0) }
    try await work.execute(
      """
      UPDATE identity.user
         SET display_name = coalesce(\(displayName)::text, display_name), locale = coalesce(\(locale)::text, locale),
             phone = CASE WHEN \(phone != nil)::boolean THEN '' ELSE phone END,
             phone_sealed = CASE WHEN \(phone != nil)::boolean THEN \(sealed)::bytea ELSE phone_sealed END,
             version = version + 1, updated_at = \(now)
       WHERE id = \(user)
      """)
  }
}
