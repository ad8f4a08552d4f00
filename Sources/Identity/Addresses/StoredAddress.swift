internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import Sealing

/// An address in the database. The personal data is sealed and bound to the row and its user, so it opens in no other
/// address book. The country, the defaults and the times are in clear.
struct StoredAddress {
  let user: ID
  let vault: Vault

  static var columns: Query {
    """
    a.id, a.country, a.is_default_shipping, a.is_default_billing, a.version, a.sealed,
           CASE WHEN a.sealed IS NULL THEN \(PersonalColumns.clearAddress)::text END AS clear,
           a.created_at, a.updated_at
    """
  }

  /// A row as the API's message.
  func address(_ row: Row, in arena: Arena) throws -> Address {
    let id = try row.id("id")
    let json: String
    if let sealed = try row.optionalBytes("sealed") {
      json = try vault.openText(sealed, for: place(id))
    } else {
      json = try row.string("clear")
    }
    let address = try Address(json: json, in: arena)
    address.id = arena.text(id.description)
    address.country = arena.text(try row.string("country"))
    address.isDefaultShipping = try row.bool("is_default_shipping")
    address.isDefaultBilling = try row.bool("is_default_billing")
    address.etag = arena.text(ETag(version: try row.int64("version")).text)
    address.createTime = try row.instant("created_at").timestamp(in: arena)
    address.updateTime = try row.instant("updated_at").timestamp(in: arena)
    return address
  }

  /// The sealed contents of an address's row.
  func seal(_ address: PostalAddress, as id: ID, in arena: Arena) throws -> [UInt8] {
    try vault.seal(text: try address.personal(in: arena).json(), for: place(id))
  }

  private func place(_ id: ID) -> SealedPlace { PersonalColumns.addresses.place("\(user) \(id)") }
}
