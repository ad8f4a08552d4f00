internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// One user's addresses, inside somebody's transaction, which has locked the user: so there is one default at most.
struct AddressBook {
  static let addressesMax = 50

  let transaction: Transaction
  let user: ID
  let vault: Vault
  let arena: Arena
  let now: Instant

  private var stored: StoredAddress { StoredAddress(user: user, vault: vault) }

  /// Enters an address. The first one is the default for everything.
  func add(_ address: PostalAddress) async throws -> ID {
    let rows = try await transaction.rows(
      "SELECT count(*) AS n, platform.uuid_v7() AS id FROM identity.address a WHERE a.user_id = \(user)",
      access: .write)
    guard let row = rows.first else { throw PostgresError.mapping("a count without a row") }
    let (count, id) = (try row.int64("n"), try row.id("id"))
    guard count < Self.addressesMax else { throw IdentityError.tooManyAddresses }
    let isFirst = count == 0
    try await clearDefaults(shipping: address.isDefaultShipping, billing: address.isDefaultBilling, but: nil)
    try await transaction.execute(
      """
      INSERT INTO identity.address (id, user_id, sealed, country, is_default_shipping, is_default_billing)
      VALUES (\(id), \(user), \(try stored.seal(address, as: id, in: arena)), \(address.country),
              \(address.isDefaultShipping || isFirst), \(address.isDefaultBilling || isFirst))
      """)
    return id
  }

  /// Replaces an address that is in the state that its owner believes it to be in.
  func replace(_ id: ID, by address: PostalAddress, in state: ExpectedState) async throws {
    try await verify(id, is: state)
    try await clearDefaults(shipping: address.isDefaultShipping, billing: address.isDefaultBilling, but: id)
    try await transaction.execute(
      """
      UPDATE identity.address a
         SET sealed = \(try stored.seal(address, as: id, in: arena)), country = \(address.country), recipient = NULL,
             street_lines = NULL, city = NULL, label = '', company = '', region = '', postal_code = '', phone = '',
             is_default_shipping = \(address.isDefaultShipping), is_default_billing = \(address.isDefaultBilling),
             version = version + 1, updated_at = \(now)
       WHERE a.id = \(id) AND a.user_id = \(user)
      """)
  }

  /// Forgets an address that is in the state that its owner believes it to be in.
  func remove(_ id: ID, in state: ExpectedState) async throws {
    try await verify(id, is: state)
    try await transaction.execute("DELETE FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user)")
  }

  /// One of the addresses.
  func find(_ id: ID) async throws -> Address {
    let rows = try await transaction.rows(
      "SELECT \(StoredAddress.columns) FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user)")
    guard let row = rows.first else { throw IdentityError.noSuchAddress(id.description) }
    return try stored.address(row, in: arena)
  }

  private func verify(_ id: ID, is state: ExpectedState) async throws {
    let rows = try await transaction.rows(
      "SELECT a.version FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user) FOR UPDATE")
    guard let row = rows.first else { throw IdentityError.noSuchAddress(id.description) }
    try state.verify(try row.int64("version"), of: "fastshop.identity.v1.Address", id)
  }

  /// The others are the default no more.
  private func clearDefaults(shipping: Bool, billing: Bool, but id: ID?) async throws {
    try await transaction.execute(
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
