internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// The trader of an application: sealed and bound to its row, because nothing of it is public before staff approve it.
enum SealedTrader {
  /// The sealed column, for `fastshop keys rotate`.
  static let column = SealedColumn(
    table: "sellers.application", column: "sealed",
    page: { after, limit in
      """
      SELECT a.id AS row, a.sealed
        FROM sellers.application a
       WHERE \(after) = '' OR a.id > nullif(\(after), '')::uuid
       ORDER BY a.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE sellers.application a SET sealed = n.new
        FROM unnest(\(rows)::uuid[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE a.id = n.row AND a.sealed = n.old
      """
    })

  /// The sealed contents of an application's row.
  static func seal(_ trader: Trader, for application: ID, _ vault: Vault) throws -> [UInt8] {
    try vault.seal(text: try trader.json(), for: column.place(application.description))
  }

  /// The trader as JSON.
  static func open(_ sealed: [UInt8], of application: ID, _ vault: Vault) throws -> String {
    try vault.openText(sealed, for: column.place(application.description))
  }
}
