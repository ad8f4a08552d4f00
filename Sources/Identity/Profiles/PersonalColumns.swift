package import Platform
internal import Postgres

/// What the room keeps sealed of people: what `fastshop keys rotate` seals anew, and what it seals of the rows that an
/// earlier release wrote in clear.
package enum PersonalColumns {
  /// Addresses. A row is the user's id and the address's.
  package static let addresses = SealedColumn(
    table: "identity.address", column: "sealed",
    page: { after, limit in
      """
      SELECT a.user_id || ' ' || a.id AS row, a.sealed
        FROM identity.address a
       WHERE a.sealed IS NOT NULL AND \(behind(after))
       ORDER BY a.user_id, a.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE identity.address a SET sealed = n.new
        FROM unnest(\(rows)::text[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE a.id = split_part(n.row, ' ', 2)::uuid AND a.sealed = n.old
      """
    })

  /// Telephone numbers of profiles.
  package static let phones = SealedColumn(
    table: "identity.user", column: "phone_sealed",
    page: { after, limit in
      """
      SELECT u.id AS row, u.phone_sealed AS sealed
        FROM identity.user u
       WHERE u.phone_sealed IS NOT NULL AND (\(after) = '' OR u.id > nullif(\(after), '')::uuid)
       ORDER BY u.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE identity.user u SET phone_sealed = n.new
        FROM unnest(\(rows)::uuid[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE u.id = n.row AND u.phone_sealed = n.old
      """
    })

  /// Addresses that an earlier release wrote.
  package static let clearAddresses = PlaintextColumn(
    sealed: addresses,
    page: { after, limit in
      """
      SELECT a.user_id || ' ' || a.id AS row, \(clearAddress)::text AS clear
        FROM identity.address a
       WHERE a.sealed IS NULL AND \(behind(after))
       ORDER BY a.user_id, a.id
       LIMIT \(limit)
      """
    },
    replace: { rows, clear, sealed in
      """
      UPDATE identity.address a
         SET sealed = n.sealed, recipient = NULL, street_lines = NULL, city = NULL, label = '', company = '',
             region = '', postal_code = '', phone = ''
        FROM unnest(\(rows)::text[], \(clear)::text[], \(sealed)::bytea[]) n (row, clear, sealed)
       WHERE a.id = split_part(n.row, ' ', 2)::uuid AND a.sealed IS NULL AND \(clearAddress)::text = n.clear
      """
    })

  /// Telephone numbers that an earlier release wrote.
  package static let clearPhones = PlaintextColumn(
    sealed: phones,
    page: { after, limit in
      """
      SELECT u.id AS row, u.phone AS clear
        FROM identity.user u
       WHERE u.phone <> '' AND (\(after) = '' OR u.id > nullif(\(after), '')::uuid)
       ORDER BY u.id
       LIMIT \(limit)
      """
    },
    replace: { rows, clear, sealed in
      """
      UPDATE identity.user u SET phone_sealed = n.sealed, phone = ''
        FROM unnest(\(rows)::uuid[], \(clear)::text[], \(sealed)::bytea[]) n (row, clear, sealed)
       WHERE u.id = n.row AND u.phone = n.clear
      """
    })

  /// The clear columns of an address in the API's JSON.
  static var clearAddress: Query {
    """
    jsonb_build_object(
             'label', a.label, 'recipient', a.recipient, 'company', a.company, 'streetLines', to_jsonb(a.street_lines),
             'city', a.city, 'region', a.region, 'postalCode', a.postal_code, 'phone', a.phone)
    """
  }

  private static func behind(_ row: String) -> Query {
    """
    (\(row) = '' OR (a.user_id, a.id) >
           (nullif(split_part(\(row), ' ', 1), '')::uuid, nullif(split_part(\(row), ' ', 2), '')::uuid))
    """
  }
}
