internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// The addresses of a user, inside a transaction that has locked the user, so there is at most one default.
struct AddressBook {
  static let addressesMax = 50

  let work: Work
  let user: ID
  let vault: Vault
  let arena: Arena
  let now: Instant

  private var stored: StoredAddress { StoredAddress(user: user, vault: vault) }

  /// Adds an address. The first one is the default for shipping and billing.
  func add(_ address: PostalAddress) async throws -> ID {
    let rows = try await work.rows(
      "SELECT count(*) AS n, platform.uuid_v7() AS id FROM identity.address a WHERE a.user_id = \(user)",
      access: .write)
    guard let row = rows.first else { throw PostgresError.mapping("a count without a row") }
    let (count, id) = (try row.int64("n"), try row.id("id"))
    guard count < Self.addressesMax else { throw IdentityError.tooManyAddresses }
    let isFirst = count == 0
    try await clearDefaults(shipping: address.isDefaultShipping, billing: address.isDefaultBilling, but: nil)
    try await work.execute(
      """
      INSERT INTO identity.address (id, user_id, sealed, country, is_default_shipping, is_default_billing)
      VALUES (\(id), \(user), \(try stored.seal(address, as: id, in: arena)), \(address.place.country),
              \(address.isDefaultShipping || isFirst), \(address.isDefaultBilling || isFirst))
      """)
    return id
  }

  /// Replaces an address whose etag the caller knows.
  func replace(_ id: ID, by address: PostalAddress, in state: ExpectedState) async throws {
    try await verify(id, is: state)
    try await clearDefaults(shipping: address.isDefaultShipping, billing: address.isDefaultBilling, but: id)
    try await work.execute(
      """
      UPDATE identity.address a
         SET sealed = \(try stored.seal(address, as: id, in: arena)), country = \(address.place.country),
             recipient = NULL, street_lines = NULL, city = NULL, label = '', company = '', region = '',
             postal_code = '', phone = '',
             is_default_shipping = \(address.isDefaultShipping), is_default_billing = \(address.isDefaultBilling),
             version = version + 1, updated_at = \(now)
       WHERE a.id = \(id) AND a.user_id = \(user)
      """)
  }

  /// Removes an address whose etag the caller knows.
  func remove(_ id: ID, in state: ExpectedState) async throws {
    try await verify(id, is: state)
    try await work.execute("DELETE FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user)")
  }

  /// Finds an address.
  func find(_ id: ID) async throws -> Address {
    let rows = try await work.rows(
      "SELECT \(StoredAddress.columns) FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user)")
    guard let row = rows.first else { throw IdentityError.noSuchAddress(id.description) }
    return try stored.address(row, in: arena)
  }

  private func verify(_ id: ID, is state: ExpectedState) async throws {
    let row = try await state.lock(
      "SELECT a.version FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user) FOR UPDATE",
      of: Address.descriptor.fullName, id, work)
    guard row != nil else { throw IdentityError.noSuchAddress(id.description) }
  }

  /// Clears the defaults of the other addresses.
  private func clearDefaults(shipping: Bool, billing: Bool, but id: ID?) async throws {
    try await work.execute(
      """
      UPDATE identity.address a
         SET is_default_shipping = is_default_shipping AND NOT \(shipping)::boolean,
             is_default_billing = is_default_billing AND NOT \(billing)::boolean,
             version = version + 1, updated_at = \(now)
       WHERE a.user_id = \(user) AND a.id IS DISTINCT FROM \(id)::uuid
         AND (is_default_shipping AND \(shipping)::boolean OR is_default_billing AND \(billing)::boolean)
      """)
  }
}
