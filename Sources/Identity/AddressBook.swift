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
  let now: Instant

  static var columns: Query {
    """
    a.id, a.label, a.recipient, a.company, a.street_lines, a.city, a.region, a.postal_code, a.country, a.phone,
           a.is_default_shipping, a.is_default_billing, 'v' || a.version AS etag, a.created_at AS create_time,
           a.updated_at AS update_time
    """
  }

  /// Enters an address. The first one is the default for everything.
  func enter(_ address: PostalAddress) async throws -> ID {
    let rows = try await transaction.rows(
      "SELECT count(*) AS n FROM identity.address a WHERE a.user_id = \(user)")
    let count = try rows.first?.int64("n") ?? 0
    guard count < Self.addressesMax else { throw IdentityError.tooManyAddresses }
    let isFirst = count == 0
    try await resign(shipping: address.isDefaultShipping, billing: address.isDefaultBilling, but: nil)
    let made = try await transaction.rows(
      """
      INSERT INTO identity.address
             (user_id, label, recipient, company, street_lines, city, region, postal_code, country, phone,
              is_default_shipping, is_default_billing)
      VALUES (\(user), \(address.label), \(address.recipient), \(address.company), \(address.lines)::text[],
              \(address.city), \(address.region), \(address.postalCode), \(address.country), \(address.phone),
              \(address.isDefaultShipping || isFirst), \(address.isDefaultBilling || isFirst))
      RETURNING id
      """, access: .write)
    guard let row = made.first else { throw PostgresError.mapping("an address that was entered") }
    return try row.id("id")
  }

  /// Replaces an address that is in the state that its owner believes it to be in.
  func replace(_ id: ID, by address: PostalAddress, in state: ExpectedState) async throws {
    try await verify(id, is: state)
    try await resign(shipping: address.isDefaultShipping, billing: address.isDefaultBilling, but: id)
    try await transaction.execute(
      """
      UPDATE identity.address a
         SET label = \(address.label), recipient = \(address.recipient), company = \(address.company),
             street_lines = \(address.lines)::text[], city = \(address.city), region = \(address.region),
             postal_code = \(address.postalCode), country = \(address.country), phone = \(address.phone),
             is_default_shipping = \(address.isDefaultShipping), is_default_billing = \(address.isDefaultBilling),
             version = version + 1, updated_at = \(now)
       WHERE a.id = \(id) AND a.user_id = \(user)
      """)
  }

  /// Forgets an address that is in the state that its owner believes it to be in.
  func forget(_ id: ID, in state: ExpectedState) async throws {
    try await verify(id, is: state)
    try await transaction.execute("DELETE FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user)")
  }

  /// One of the addresses.
  func find(_ id: ID, in arena: Arena) async throws -> Address {
    let address = try await transaction.first(
      Address.self,
      "SELECT \(Self.columns) FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user)", in: arena)
    guard let address else { throw IdentityError.noSuchAddress(id.description) }
    return address
  }

  private func verify(_ id: ID, is state: ExpectedState) async throws {
    let rows = try await transaction.rows(
      "SELECT a.version FROM identity.address a WHERE a.id = \(id) AND a.user_id = \(user) FOR UPDATE")
    guard let row = rows.first else { throw IdentityError.noSuchAddress(id.description) }
    try state.verify(try row.int64("version"), of: "fastshop.identity.v1.Address", id)
  }

  /// The others are the default no more.
  private func resign(shipping: Bool, billing: Bool, but id: ID?) async throws {
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
