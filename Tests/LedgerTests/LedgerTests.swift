import EventLoop
import Ledger
import Platform
import PlatformTesting
import Postgres
import SeededRandom
import Testing

extension LedgerAccount.Kind {
  static let card = LedgerAccount.Kind("gift_card", floor: 0)
  static let clearing = LedgerAccount.Kind("provider_clearing")
  static let sales = LedgerAccount.Kind("sales")
}

func eur(_ cents: Int64) -> Money { Money(minorUnits: cents, in: .euro) }

/// An account of the platform.
func platform(_ kind: LedgerAccount.Kind) -> LedgerAccount { LedgerAccount(kind, in: .euro) }

extension Database {
  /// Moves an amount in a unit of work of its own.
  func move(_ amount: Money, from source: LedgerAccount, to destination: LedgerAccount) async throws {
    try await ledgerWork { work in
      var posting = Posting(.made(at: work.now), "moved")
      try posting.move(amount, from: source, to: destination)
      try await Ledger.post(posting, in: work)
    }
  }

  func ledgerWork<R>(_ body: (Work) async throws -> R) async throws -> R {
    try await work(as: .system("test", vault: nil), body)
  }

  /// A new gift card with an amount.
  func card(with amount: Money) async throws -> LedgerAccount {
    let card = LedgerAccount(.card, of: .made(at: .now), in: .euro)
    try await move(amount, from: platform(.clearing), to: card)
    return card
  }

  /// Verifies that all accounts together have nothing, and each what its entries sum to.
  func expectBooksBalance() async throws {
    #expect(try await number("SELECT coalesce(sum(balance_minor), 0)::bigint AS n FROM ledger.balance") == 0)
    let wrong = try await number(
      """
      SELECT count(*) AS n
        FROM (SELECT account_id, sum(balance_minor) AS balance FROM ledger.balance GROUP BY account_id) b
        FULL JOIN (SELECT account_id, sum(amount_minor) AS entries FROM ledger.entry GROUP BY account_id) e
             USING (account_id)
       WHERE coalesce(b.balance, 0) <> coalesce(e.entries, 0)
      """)
    #expect(wrong == 0)
  }
}

@Suite struct LedgerTests {
  @Test func `money moves between accounts, which are opened by it`() async throws {
    try await TestDatabase().run { database in
      let card = try await database.card(with: eur(50_00))
      try await database.move(eur(19_99), from: card, to: platform(.sales))
      #expect(try await Ledger.balance(of: card, in: database) == eur(30_01))
      #expect(try await Ledger.balance(of: platform(.sales), in: database) == eur(19_99))
      #expect(try await Ledger.balance(of: platform(.clearing), in: database) == eur(-50_00))
      let other = LedgerAccount(.card, of: .made(at: .now), in: .euro)
      #expect(try await Ledger.balance(of: other, in: database) == eur(0))
      try await database.expectBooksBalance()
    }
  }

  @Test func `a balance keeps its floor, and the whole work fails`() async throws {
    try await TestDatabase().run { database in
      let card = try await database.card(with: eur(10))
      await #expect(throws: LedgerError.belowFloor) {
        try await database.ledgerWork { work in
          var posting = Posting(.made(at: work.now), "spent")
          try posting.move(eur(5), from: card, to: platform(.sales))
          try await Ledger.post(posting, in: work)
          posting = Posting(.made(at: work.now), "spent")
          try posting.move(eur(6), from: card, to: platform(.sales))
          try await Ledger.post(posting, in: work)
        }
      }
      #expect(try await Ledger.balance(of: card, in: database) == eur(10))
      try await database.move(eur(10), from: card, to: platform(.sales))
      try await database.expectBooksBalance()
    }
  }

  @Test func `nobody can write entries that do not sum up, or change those that are there`() async throws {
    try await TestDatabase().run { database in
      _ = try await database.card(with: eur(10))
      for statement in [
        "UPDATE ledger.entry SET amount_minor = amount_minor * 2", "DELETE FROM ledger.entry",
        "INSERT INTO ledger.entry SELECT account_id, now(), gen_random_uuid(), 1, 'made_up', NULL FROM ledger.entry",
      ] as [Query] {
        await #expect(throws: PostgresError.self) { try await database.execute(statement) }
      }
      try await database.expectBooksBalance()
    }
  }

  @Test func `moves are refused that are not above 0, or between currencies`() throws {
    var posting = Posting(.made(at: .now), "moved")
    let yen = try #require(Currency("JPY"))
    for amount in [Int64.min, -1, 0] {
      #expect(throws: LedgerError.amountNotPositive) {
        try posting.move(eur(amount), from: platform(.sales), to: platform(.clearing))
      }
    }
    #expect(throws: LedgerError.differentCurrencies) {
      try posting.move(eur(1), from: platform(.sales), to: LedgerAccount(.clearing, in: yen))
    }
    try posting.move(eur(.max), from: platform(.sales), to: platform(.clearing))
    #expect(throws: LedgerError.overflow) {
      try posting.move(eur(.max), from: platform(.sales), to: platform(.clearing))
    }
  }

  /// Trial T7.
  @Test func `many who spend one card at once never spend more than it has`() async throws {
    let database = try await TestDatabase()
    let card = try await database.run { try await $0.card(with: eur(100)) }
    let spent = try await withThrowingTaskGroup(of: Int64.self) { group in
      for buyer in 0..<6 {
        group.addTask {
          try await database.run { database in
            var spent: Int64 = 0
            var random = SplitMix(seed: UInt64(buyer))
            for _ in 0..<20 {
              let amount = Int64(1 + random.below(9))
              do {
                try await database.move(eur(amount), from: card, to: platform(.sales))
                spent += amount
              } catch LedgerError.belowFloor {
                continue
              }
            }
            return spent
          }
        }
      }
      return try await group.reduce(0, +)
    }
    try await database.run { database in
      #expect(try await Ledger.balance(of: card, in: database) == eur(100 - spent))
      #expect(spent > 90 && spent <= 100)
      try await database.expectBooksBalance()
    }
  }

  @Test func `postings between the same accounts in both directions end without a deadlock`() async throws {
    let database = try await TestDatabase()
    let cards = try await database.run { database in
      var cards: [LedgerAccount] = []
      for _ in 0..<3 { cards.append(try await database.card(with: eur(1_000))) }
      return cards
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<6 {
        group.addTask {
          try await database.run { database in
            var random = SplitMix(seed: UInt64(worker))
            for _ in 0..<20 {
              let from = random.below(3)
              let amount = eur(Int64(1 + random.below(5)))
              try await database.move(amount, from: cards[from], to: cards[(from + 1 + random.below(2)) % 3])
            }
          }
        }
      }
      try await group.waitForAll()
    }
    try await database.run { try await $0.expectBooksBalance() }
  }
}
