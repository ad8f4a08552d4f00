package import Postgres
internal import Sealing

/// The limit of e-mails of a kind to a mailbox. The database counts them by its clock, so the limit is exact over all
/// servers. No response reveals whether an e-mail was over the limit.
package struct MailboxLimit: Sendable, Equatable {
  /// The maximum of a count: the database remembers a day.
  package static let countsMost = 1_000

  /// In 15 minutes.
  package var perQuarterHour: Int
  /// In 24 hours.
  package var perDay: Int

  /// A limit with everything given.
  package init(perQuarterHour: Int, perDay: Int) {
    self.perQuarterHour = perQuarterHour
    self.perDay = perDay
  }

  /// The usual limit of e-mails that anybody can cause.
  package static let usual = MailboxLimit(perQuarterHour: 3, perDay: 10)

  /// The limit multiplied by `factor`.
  package func times(_ factor: Int) -> MailboxLimit {
    MailboxLimit(perQuarterHour: perQuarterHour * factor, perDay: perDay * factor)
  }

  /// Counts an e-mail to an address, in the transaction that enqueues it. Concurrent transactions are counted one after
  /// the other.
  /// - Returns: whether the e-mail may be sent. One that may not is not counted.
  package func admits(
    _ kind: Email.Kind, to address: String, _ transaction: Transaction
  ) async throws(PostgresError) -> Bool {
    // A limit of zero admits no first e-mail either.
    if perQuarterHour < 1 || perDay < 1 { return false }
    let counted = try await transaction.execute(
      """
      INSERT INTO mail.recipient AS r (kind, key, asked_at, last_at)
      VALUES (\(kind.rawValue), \(Self.key(of: address)), ARRAY[clock_timestamp()], clock_timestamp())
      ON CONFLICT (kind, key) DO UPDATE
        SET asked_at = array_append(
              ARRAY(SELECT t FROM unnest(r.asked_at) t WHERE t > clock_timestamp() - interval '1 day' ORDER BY t),
              clock_timestamp()),
            last_at = clock_timestamp()
        WHERE (SELECT count(*) < \(perDay)
                      AND count(*) FILTER (WHERE t > clock_timestamp() - interval '15 minutes') < \(perQuarterHour)
                 FROM unnest(r.asked_at) t
                WHERE t > clock_timestamp() - interval '1 day')
      """)
    return counted == 1
  }

  /// The key of a mailbox: the same for all of its addresses.
  private static func key(of address: String) -> [UInt8] { Digest.sha256(Array(mailbox(of: address).utf8)) }

  /// The mailbox of an address: without case, the "+tag" (RFC 5233) and, at Gmail, the dots, all of which its owner may
  /// choose freely.
  package static func mailbox(of address: String) -> String {
    let lower = address.lowercased()
    guard let at = lower.lastIndex(of: "@") else { return lower }
    var (local, host) = (String(lower[..<at]), String(lower[lower.index(after: at)...]))
    if let plus = local.firstIndex(of: "+"), plus > local.startIndex { local = String(local[..<plus]) }
    if host == "googlemail.com" { host = "gmail.com" }
    if host == "gmail.com" { local = local.filter { $0 != "." } }
    return "\(local)@\(host)"
  }
}
