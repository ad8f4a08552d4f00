package import Platform
internal import Postgres

/// Amounts that are set aside for something that is not final yet. While they are held, nobody else can spend them.
extension Ledger {
  /// Sets an amount of an account aside until a time. Others cannot spend it; it is given back then, unless it was
  /// captured before.
  /// - Parameter subject: what it is for: an order.
  /// - Returns: the hold's id.
  /// - Throws: ``LedgerError/belowFloor`` if the account has less.
  package static func hold(
    _ amount: Money, of account: LedgerAccount, for subject: ID, until end: Instant, in work: Work
  ) async throws -> ID {
    let id = ID.made(at: work.now)
    let held = LedgerAccount(account.kind.held, of: account.owner, in: account.currency)
    var posting = Posting(id, "held", about: subject)
    try posting.move(amount, from: account, to: held)
    try await post(posting, in: work)
    let rows = try await work.execute(
      """
      INSERT INTO ledger.hold (id, account_id, held_account_id, amount_minor, subject_id, expires_at, created_at)
      SELECT \(id), g.account_id, t.account_id, t.amount_minor, \(subject), \(end), \(work.now)
        FROM ledger.entry g
        JOIN ledger.entry t ON t.posting_id = g.posting_id AND t.at = g.at AND t.amount_minor > 0
       WHERE g.posting_id = \(id) AND g.at = \(work.now) AND g.amount_minor < 0
      """)
    guard rows == 1 else { throw PostgresError.mapping("the entries of a hold") }
    return id
  }

  /// Moves what is held to an account, all of it or a part; the rest is given back.
  /// - Throws: ``LedgerError/noSuchHold``, ``LedgerError/holdEnded(_:)``, ``LedgerError/moreThanHeld``.
  package static func capture(
    _ hold: ID, _ part: Money? = nil, into account: LedgerAccount, _ reason: String, in work: Work
  ) async throws {
    let row = try await lock(hold, in: work)
    guard row.held.currency == account.currency else { throw LedgerError.differentCurrencies }
    let whole = Money(minorUnits: row.amount, in: account.currency)
    let part = part ?? whole
    let rest = try whole - part
    guard !rest.isNegative else { throw LedgerError.moreThanHeld }
    var posting = Posting(.made(at: work.now), reason, about: row.subject)
    try posting.move(part, from: row.held, to: account)
    if !rest.isZero { try posting.move(rest, from: row.held, to: row.account) }
    try await post(posting, in: work)
    try await end([hold], as: .captured, in: work)
  }

  /// Gives back what is held.
  /// - Throws: ``LedgerError/noSuchHold``, ``LedgerError/holdEnded(_:)``.
  package static func release(_ hold: ID, in work: Work) async throws {
    let row = try await lock(hold, in: work)
    try await giveBack([row], as: .released, in: work)
  }

  /// Gives back what is held of holds whose time is over: so many at most, those that others have locked left out.
  /// - Returns: how many.
  package static func expire(atMost count: Int, in work: Work) async throws -> Int {
    let due = try HeldRow.read(try await work.rows(HeldRow.lockDue(at: work.now, atMost: count), access: .write))
    try await giveBack(due, as: .expired, in: work)
    return due.count
  }

  private static func lock(_ hold: ID, in work: Work) async throws -> HeldRow {
    guard let row = try HeldRow.read(try await work.rows(HeldRow.lock(hold), access: .write)).first else {
      throw LedgerError.noSuchHold
    }
    guard row.state == .open else { throw LedgerError.holdEnded(row.state) }
    return row
  }

  /// In the order of the accounts, as postings lock balances.
  private static func giveBack(_ rows: [HeldRow], as state: HoldState, in work: Work) async throws {
    for row in rows.sorted(by: { $0.account.order < $1.account.order }) {
      var posting = Posting(.made(at: work.now), state.rawValue, about: row.subject)
      try posting.move(
        Money(minorUnits: row.amount, in: row.account.currency), from: row.held, to: row.account)
      try await post(posting, in: work)
    }
    try await end(rows.map(\.id), as: state, in: work)
  }

  private static func end(_ holds: [ID], as state: HoldState, in work: Work) async throws {
    guard !holds.isEmpty else { return }
    let rows = try await work.execute(
      """
      UPDATE ledger.hold h
         SET state = \(state.rawValue), ended_at = \(work.now)
       WHERE h.id = ANY (\(holds)::uuid[]) AND h.state = 'open'
      """)
    guard rows == holds.count else { throw PostgresError.mapping("the end of a hold") }
  }
}

/// A row of ledger.hold.
private struct HeldRow {
  let id: ID
  let account: LedgerAccount
  let held: LedgerAccount
  let amount: Int64
  let subject: ID
  let state: HoldState

  private init(_ row: Row) throws(PostgresError) {
    id = try row.id("id")
    amount = try row.int64("amount_minor")
    subject = try row.id("subject_id")
    guard let state = HoldState(rawValue: try row.string("state")),
      let currency = Currency(try row.string("currency"))
    else { throw .mapping("the state or the currency of a hold") }
    self.state = state
    let (kind, owner) = (LedgerAccount.Kind(try row.string("kind"), floor: 0), try row.optionalID("owner_id"))
    account = LedgerAccount(kind, of: owner, in: currency)
    held = LedgerAccount(kind.held, of: owner, in: currency)
  }

  static func read(_ rows: Rows) throws(PostgresError) -> [HeldRow] {
    var all: [HeldRow] = []
    for row in rows { all.append(try HeldRow(row)) }
    return all
  }

  private static var selection: Query {
    """
    SELECT h.id, h.amount_minor, h.subject_id, h.state, a.kind, a.owner_id, a.currency
      FROM ledger.hold h
      JOIN ledger.account a ON a.id = h.account_id
    """
  }

  static func lock(_ hold: ID) -> Query { "\(selection) WHERE h.id = \(hold) FOR NO KEY UPDATE OF h" }

  static func lockDue(at now: Instant, atMost count: Int) -> Query {
    """
    \(selection)
     WHERE h.state = 'open' AND h.expires_at <= \(now)
     ORDER BY h.expires_at
     LIMIT \(count)
       FOR NO KEY UPDATE OF h SKIP LOCKED
    """
  }
}
