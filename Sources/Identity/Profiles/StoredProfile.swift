internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import Sealing

/// How a profile stands in the database: the telephone number is sealed, bound to its user.
struct StoredProfile {
  let user: ID
  let vault: Vault

  /// The profile as the API's message.
  func find(_ runner: some QueryRunner, in arena: Arena) async throws -> Profile? {
    let rows = try await runner.rows(
      """
      SELECT u.email, u.display_name, u.locale, u.phone, u.phone_sealed, u.role,
             coalesce(u.seller_id::text, '') AS seller_id, u.email_verified_at IS NOT NULL AS email_verified, u.version,
             u.created_at, u.updated_at
        FROM identity.user u
       WHERE u.id = \(user)
      """)
    guard let row = rows.first else { return nil }
    let profile = Profile(in: arena)
    profile.userID = arena.text(user.description)
    profile.email = arena.text(try row.string("email"))
    profile.displayName = arena.text(try row.string("display_name"))
    profile.locale = arena.text(try row.string("locale"))
    profile.phone = arena.text(try phone(row))
    profile.role = arena.text(try row.string("role"))
    profile.sellerID = arena.text(try row.string("seller_id"))
    profile.emailVerified = try row.bool("email_verified")
    profile.etag = arena.text(ETag(version: try row.int64("version")).text)
    profile.createTime = try row.instant("created_at").timestamp(in: arena)
    profile.updateTime = try row.instant("updated_at").timestamp(in: arena)
    return profile
  }

  /// What stands in the row for a telephone number; nil for none.
  func seal(phone: String) throws -> [UInt8]? {
    phone.isEmpty ? nil : try vault.seal(text: phone, for: place)
  }

  private func phone(_ row: Row) throws -> String {
    guard let sealed = try row.optionalBytes("phone_sealed") else { return try row.string("phone") }
    return try vault.openText(sealed, for: place)
  }

  private var place: SealedPlace { PersonalColumns.phones.place(user.description) }
}
