package import Postgres
internal import Sealing

/// How many mails of a kind an address is sent on behalf of strangers. It is counted in the database, by its clock:
/// exact, however many servers share it. Nobody outside can tell from an answer whether a mail was one too many.
package struct MailboxLimit: Sendable, Equatable {
  /// A day is what is remembered.
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

  /// For mails that anybody can cause, if nothing else is said.
  package static let usual = MailboxLimit(perQuarterHour: 3, perDay: 10)

  /// As many times as much.
  package func times(_ factor: Int) -> MailboxLimit {
    MailboxLimit(perQuarterHour: perQuarterHour * factor, perDay: perDay * factor)
  }

  /// Counts a mail to an address, inside the transaction that asks for it; of several at once, each sees those before.
  /// - Returns: whether it is to be sent. One that is not is not counted.
  package func admits(
    _ kind: Email.Kind, to address: String, _ transaction: Transaction
  ) async throws(PostgresError) -> Bool {
    // A limit of none at all has no first mail either.
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

  /// Forgets what counts no more.
  package static func forget(_ database: Database) async throws(PostgresError) {
    try await database.execute("DELETE FROM mail.recipient WHERE last_at < now() - interval '1 day'")
  }

  /// One for all addresses of a mailbox.
  private static func key(of address: String) -> [UInt8] { Digest.sha256(Array(mailbox(of: address).utf8)) }

  /// The address without what its owner may choose freely: case, the "+tag" (RFC 5233), at Gmail the dots.
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
