internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A change of a user's profile.
struct ProfileChange {
  private static let type = "fastshop.identity.v1.Profile"

  private var displayName: String?
  private var locale: String?
  private var phone: String?
  private let state: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateProfileRequest, _ check: inout RequestCheck) throws {
    state = check.etag(request.profile?.etag ?? "", "profile.etag")
    let mask = check.updateMask(
      request.updateMask, of: request.profile, changing: ["display_name", "locale", "phone"])
    if mask.contains("display_name") {
      displayName = check.displayName(request.profile?.displayName.string ?? "", "profile.display_name")
    }
    if mask.contains("locale") { locale = check.locale(request.profile?.locale.string ?? "", "profile.locale") }
    if mask.contains("phone") { phone = check.phone(request.profile?.phone.string ?? "", "profile.phone") }
    try check.verify()
  }

  func apply(on stored: StoredProfile, at now: Instant, _ work: Work) async throws {
    let user = stored.user
    let row = try await state.lock(
      "SELECT u.version FROM identity.user u WHERE u.id = \(user) FOR UPDATE", of: Self.type, user, work)
    guard row != nil else { throw IdentityError.noSession }
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
