import EventLoop
import Ledger
import Platform
import PlatformTesting
import Postgres
import Testing

@Suite struct HoldTests {
  private static let order = ID("00000000-0000-7000-8000-000000000001") ?? .none

  private func hold(_ amount: Money, of card: LedgerAccount, for seconds: Int64, _ database: Database) async throws
    -> ID
  {
    try await database.ledgerWork { work in
      try await Ledger.hold(amount, of: card, for: Self.order, until: work.now + .seconds(seconds), in: work)
    }
  }

  private func expire(_ database: Database) async throws -> Int {
    try await database.ledgerWork { try await Ledger.expire(atMost: 100, in: $0) }
  }

  @Test func `what is held cannot be spent, and is captured once`() async throws {
    try await TestDatabase().run { database in
      let card = try await database.card(with: eur(50))
      let hold = try await hold(eur(30), of: card, for: 60, database)
      #expect(try await Ledger.balance(of: card, in: database) == eur(20))
      await #expect(throws: LedgerError.belowFloor) {
        try await database.move(eur(21), from: card, to: platform(.sales))
      }
      await #expect(throws: LedgerError.moreThanHeld) {
        try await database.ledgerWork {
          try await Ledger.capture(hold, eur(31), into: platform(.sales), "paid", in: $0)
        }
      }
      try await database.ledgerWork { try await Ledger.capture(hold, into: platform(.sales), "paid", in: $0) }
      #expect(try await Ledger.balance(of: platform(.sales), in: database) == eur(30))
      await #expect(throws: LedgerError.holdEnded(.captured)) {
        try await database.ledgerWork { try await Ledger.capture(hold, into: platform(.sales), "paid", in: $0) }
      }
      await #expect(throws: LedgerError.holdEnded(.captured)) {
        try await database.ledgerWork { try await Ledger.release(hold, in: $0) }
      }
      await #expect(throws: LedgerError.noSuchHold) {
        try await database.ledgerWork { try await Ledger.release(.made(at: .now), in: $0) }
      }
      try await database.expectBooksBalance()
    }
  }

  @Test func `the rest of a part that is captured is given back`() async throws {
    try await TestDatabase().run { database in
      let card = try await database.card(with: eur(50))
      let hold = try await hold(eur(30), of: card, for: 60, database)
      try await database.ledgerWork { try await Ledger.capture(hold, eur(12), into: platform(.sales), "paid", in: $0) }
      #expect(try await Ledger.balance(of: card, in: database) == eur(38))
      try await database.expectBooksBalance()
    }
  }

  @Test func `a hold is given back when it is released, or when its time is over`() async throws {
    try await TestDatabase().run { database in
      let card = try await database.card(with: eur(50))
      let released = try await hold(eur(10), of: card, for: 60, database)
      try await database.ledgerWork { try await Ledger.release(released, in: $0) }
      #expect(try await Ledger.balance(of: card, in: database) == eur(50))
      _ = try await hold(eur(20), of: card, for: 60, database)
      let abandoned = try await hold(eur(30), of: card, for: 0, database)
      #expect(try await Ledger.balance(of: card, in: database) == eur(0))
      #expect(try await expire(database) == 1)
      #expect(try await expire(database) == 0)
      #expect(try await Ledger.balance(of: card, in: database) == eur(30))
      await #expect(throws: LedgerError.holdEnded(.expired)) {
        try await database.ledgerWork { try await Ledger.capture(abandoned, into: platform(.sales), "paid", in: $0) }
      }
      try await database.expectBooksBalance()
    }
  }

  @Test func `a hold that is captured, released and expired at once ends once`() async throws {
    let database = try await TestDatabase()
    let (card, hold) = try await database.run { database in
      let card = try await database.card(with: eur(50))
      return (card, try await self.hold(eur(30), of: card, for: 0, database))
    }
    let ends = try await withThrowingTaskGroup(of: Bool.self) { group in
      for way in 0..<9 {
        group.addTask {
          try await database.run { database in
            do {
              switch way % 3 {
              case 0:
                try await database.ledgerWork { try await Ledger.capture(hold, into: platform(.sales), "paid", in: $0) }
              case 1: try await database.ledgerWork { try await Ledger.release(hold, in: $0) }
              default: return try await self.expire(database) == 1
              }
              return true
            } catch LedgerError.holdEnded {
              return false
            }
          }
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(ends == 1)
    try await database.run { database in
      let sum = try await Ledger.balance(of: card, in: database) + Ledger.balance(of: platform(.sales), in: database)
      #expect(sum == eur(50))
      try await database.expectBooksBalance()
    }
  }
}
