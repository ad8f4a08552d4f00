package import Platform
internal import Postgres
internal import Sealing

/// What a mail says. It may hold a token, so it waits sealed, bound to the mail.
package struct MailContent: Equatable, Sendable {
  /// Stands between the two in what is sealed; no letter of ours has it.
  private static let separator = "\u{1E}"

  /// As plain text.
  let text: String
  /// As a page.
  let html: String

  init(text: String, html: String) {
    self.text = text
    self.html = html
  }

  private init(joined: String) {
    let parts = joined.split(separator: Self.separator, maxSplits: 1, omittingEmptySubsequences: false)
    self.init(text: String(parts[0]), html: parts.count > 1 ? String(parts[1]) : "")
  }

  /// What stands in the row of the mail `id`.
  func sealed(for id: ID, _ vault: Vault) throws(SealingError) -> [UInt8] {
    try vault.seal(text: text + Self.separator + html, for: Self.column.place(id.description))
  }

  /// The content of a row.
  static func open(_ row: Row, _ id: ID, _ vault: Vault) throws(PostgresError) -> Result<MailContent, UnopenedValue> {
    guard let sealed = try row.optionalBytes("sealed") else {
      return .success(MailContent(text: try row.string("body_text"), html: try row.string("body_html")))
    }
    do throws(UnopenedValue) {
      return .success(MailContent(joined: try vault.openText(sealed, for: column.place(id.description))))
    } catch {
      return .failure(error)
    }
  }
}

extension MailContent {
  /// The contents, as `fastshop keys rotate` needs to know them.
  package static let column = SealedColumn(
    table: "mail.message", column: "sealed",
    page: { after, limit in
      """
      SELECT m.id AS row, m.sealed
        FROM mail.message m
       WHERE m.sealed IS NOT NULL AND (\(after) = '' OR m.id > nullif(\(after), '')::uuid)
       ORDER BY m.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE mail.message m SET sealed = n.new
        FROM unnest(\(rows)::uuid[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE m.id = n.row AND m.sealed = n.old
      """
    })

  /// Those that an earlier release wrote.
  package static let clearColumn = PlaintextColumn(
    sealed: column,
    page: { after, limit in
      """
      SELECT m.id AS row, m.body_text || chr(30) || m.body_html AS clear
        FROM mail.message m
       WHERE m.body_text || m.body_html <> '' AND (\(after) = '' OR m.id > nullif(\(after), '')::uuid)
       ORDER BY m.id
       LIMIT \(limit)
      """
    },
    replace: { rows, clear, sealed in
      """
      UPDATE mail.message m SET sealed = n.sealed, body_text = '', body_html = ''
        FROM unnest(\(rows)::uuid[], \(clear)::text[], \(sealed)::bytea[]) n (row, clear, sealed)
       WHERE m.id = n.row AND m.sealed IS NULL AND m.body_text || chr(30) || m.body_html = n.clear
      """
    })
}
