internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Licence keys that are added to a variant. Each is sealed for its row, and is found by a blind index.
struct LicenceKeys {
  /// Keys of a variant that no shopper has.
  static let countMax = 100_000
  /// Keys of a request.
  fileprivate static let batchMax = 1_000
  fileprivate static let charactersMax = 200

  let requestID: ID
  private let variant: ID
  private let keys: [String]
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: AddLicenceKeysRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    keys = check.licenceKeys(request.licenceKeys)
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// Adds all keys, or none.
  /// - Throws: ``MediaError``.
  func carryOut(in work: Work) async throws -> AddLicenceKeysResponse {
    let goods = try await DigitalGoods.lock(variant, for: sellers, in: work)
    let before = AddLicenceKeysResponse(in: work.arena)
    before.licenceKeyCount = try await Self.count(of: variant, in: work)
    guard before.licenceKeyCount <= Int64(Self.countMax - keys.count) else { throw MediaError.licenceKeysTooMany }
    if let index = try await insert(in: work) { throw MediaError.licenceKeyExists(index: index) }
    let response = AddLicenceKeysResponse(in: work.arena)
    response.licenceKeyCount = before.licenceKeyCount + Int64(keys.count)
    try work.audit("catalog.licence_key.add", on: Variant.descriptor.fullName, variant, before: before, after: response)
    goods.touch()
    return response
  }

  /// - Returns: the position of the first key that is there already; nil when all are new.
  private func insert(in work: Work) async throws -> Int? {
    let ids = keys.map { _ in ID.made(at: work.now) }
    let query = try Self.insertion(of: keys, as: ids, into: variant, try work.vault)
    let added = Set(try await work.rows(query, access: .write).map { try $0.id("id") })
    return ids.firstIndex { !added.contains($0) }
  }

  /// Adds those that are new to a variant, as rows with these ids, and returns the ids of these.
  static func insertion(of keys: [String], as ids: [ID], into variant: ID, _ vault: Vault) throws -> Query {
    let hashes = Self.hashes(of: keys, vault)
    let sealed = try zip(ids, keys).map { id, key in
      try vault.seal(text: key, for: Self.sealed.place(id.description))
    }
    return """
      INSERT INTO catalog.licence_key AS k (id, variant_id, seller_id, key_hash, sealed)
      SELECT n.id, v.id, v.seller_id, n.key_hash, n.sealed
        FROM catalog.variant v,
             unnest(\(ids)::uuid[], \(hashes)::bytea[], \(sealed)::bytea[]) n (id, key_hash, sealed)
       WHERE v.id = \(variant)
          ON CONFLICT ON CONSTRAINT licence_key_hash_key DO NOTHING
      RETURNING k.id
      """
  }

  /// Keys of a variant that no shopper has.
  static func countQuery(of variant: ID) -> Query {
    "SELECT count(*) AS n FROM catalog.licence_key k WHERE k.variant_id = \(variant) AND k.given_at IS NULL"
  }

  /// The blind indexes of keys.
  static func hashes(of keys: [String], _ vault: Vault) -> [[UInt8]] {
    keys.map { vault.index(of: $0, table: sealed.table, column: "key_hash") }
  }

  static func count(of variant: ID, in work: Work) async throws -> Int64 {
    try await work.rows(countQuery(of: variant)).first?.int64("n") ?? 0
  }

  /// The keys, sealed.
  static let sealed = SealedColumn(
    table: "catalog.licence_key", column: "sealed",
    page: { after, limit in
      """
      SELECT k.id AS row, k.sealed
        FROM catalog.licence_key k
       WHERE \(after) = '' OR k.id > nullif(\(after), '')::uuid
       ORDER BY k.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE catalog.licence_key k SET sealed = n.new
        FROM unnest(\(rows)::uuid[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE k.id = n.row AND k.sealed = n.old
      """
    })
}

extension RequestCheck {
  /// The field `licence_keys` of a request: different lines.
  mutating func licenceKeys(_ list: RepeatedField<Text>) -> [String] {
    guard (1...LicenceKeys.batchMax).contains(list.count) else {
      refuse("licence_keys", "Must have 1 to \(LicenceKeys.batchMax) elements, and has \(list.count).")
      return []
    }
    let keys = list.enumerated().map { index, key in
      line(key, "licence_keys[\(index)]", upTo: LicenceKeys.charactersMax, isRequired: true)
    }
    require(Set(keys).count == keys.count, "licence_keys", "Must not have a key twice.")
    return keys
  }
}
