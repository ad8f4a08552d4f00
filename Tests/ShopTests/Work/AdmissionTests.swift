import EventLoop
import Eventually
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Synchronization
import Testing

extension ShopTests {
  @Suite struct AdmissionTests {
    private static let taskCount = 1_000
    /// Works that find a connection while those tasks wait.
    private static let others = 20

    private static func patient(
      _ database: Database, _ change: (inout Admission.Limits) -> Void = { _ in }
    ) -> Admission {
      var limits = Admission.Limits()
      change(&limits)
      limits.waitMax = .seconds(300)
      let admission = Admission(loop: database.loop, limits: limits)
      database.loop.admission = admission
      return admission
    }

    private static func key(_ number: Int = 0) -> ContentionKey {
      ContentionKey("test.thing", ID("00000000-0000-7000-8000-00000000000\(number)") ?? .none)
    }

    @Test("a thousand duplicates of one request hold one connection, and get one response")
    func duplicates() async throws {
      let shop = try await TestShop.withThings()
      let gate = Gate()
      let runs = Atomic<Int>(0)
      try await shop.run { database in
        let admission = Self.patient(database)
        let id = TestID.next()
        let tasks = atOnce(Self.taskCount, database) { _, database in
          try await database.answer(try .test(id)) { work in
            try await work.make()
            let run = runs.add(1, ordering: .relaxed).newValue
            await gate.wait()
            return "run \(run)"
          }
        }
        try await eventually { admission.waiting == Self.taskCount - 1 && runs.load(ordering: .relaxed) == 1 }
        #expect(database.statistics.writersInUse == 1 && database.statistics.writersWaiting == 0)
        for _ in 0..<Self.others {
          #expect(try await database.answer(try .test(TestID.next())) { _ in "other" } == "other")
        }
        #expect(admission.waiting == Self.taskCount - 1)
        gate.open()
        for task in tasks { #expect(try await task.value == "run 1") }
        #expect(admission.waiting == 0)
      }
      #expect(try await shop.things() == 1)
    }

    @Test("a thousand works of one row hold two connections")
    func oneRow() async throws {
      let shop = try await TestShop.withThings()
      let gates = [Gate(), Gate()]
      let running = Atomic<Int>(0)
      let most = Atomic<Int>(0)
      try await shop.run { database in
        let id = ID.made(at: .now)
        try await database.work(as: .test) { try await $0.make(id) }
        let admission = Self.patient(database)
        let tasks = atOnce(Self.taskCount, database) { index, database in
          try await database.work(as: .test, contending: [Self.key()]) { work in
            most.max(running.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
            defer { running.subtract(1, ordering: .relaxed) }
            if index < gates.count { await gates[index].wait() }
            try await work.execute("UPDATE test.thing SET n = n + 1 WHERE id = \(id)")
          }
        }
        try await eventually { admission.waiting == Self.taskCount - 2 && running.load(ordering: .relaxed) == 2 }
        #expect(database.statistics.writersInUse == 2 && database.statistics.writersWaiting == 0)
        for _ in 0..<Self.others {
          try await database.work(as: .test, contending: [Self.key(1)]) { try await $0.make() }
        }
        #expect(admission.waiting == Self.taskCount - 2)
        for gate in gates { gate.open() }
        for task in tasks { try await task.value }
        #expect(most.load(ordering: .relaxed) == 2 && admission.waiting == 0)
        let n = try await database.rows("SELECT n FROM test.thing WHERE id = \(id)").first?.int64("n")
        #expect(n == Int64(Self.taskCount))
      }
    }

    @Test("works of many wanted rows leave two connections to everybody else")
    func manyRows() async throws {
      let keys = [Self.key(0), Self.key(1)]
      let contending = 2
      try await TestShop.withThings().run { database in
        let admission = Self.patient(database) { $0.contendingMax = contending }
        let running = Atomic<Int>(0)
        let firstGates = keys.map { _ in Gate() }
        let gates = (0..<keys.count * 3).map { _ in Gate() }
        // The first of each key finds nobody else; what comes after it is contending.
        let firsts = atOnce(keys.count, database) { index, database in
          try await database.work(as: .test, contending: [keys[index]]) { _ in
            running.add(1, ordering: .relaxed)
            await firstGates[index].wait()
          }
        }
        try await eventually { running.load(ordering: .relaxed) == keys.count }
        let tasks = atOnce(gates.count, database) { index, database in
          try await database.work(as: .test, contending: [keys[index % keys.count]]) { work in
            running.add(1, ordering: .relaxed)
            await gates[index].wait()
            try await work.make()
          }
        }
        try await eventually {
          running.load(ordering: .relaxed) == keys.count + contending && admission.waiting == gates.count - contending
        }
        for gate in firstGates { gate.open() }
        for task in firsts { try await task.value }
        try await eventually {
          database.statistics.writersInUse == contending && database.statistics.writersWaiting == 0
        }
        for _ in 0..<Self.others { try await database.work(as: .test) { try await $0.make() } }
        #expect(running.load(ordering: .relaxed) == keys.count + contending)
        for gate in gates { gate.open() }
        for task in tasks { try await task.value }
        #expect(admission.waiting == 0)
      }
    }

    @Test("works that name several rows in any order all get through")
    func severalRows() async throws {
      let shop = try await TestShop.withThings()
      try await shop.run { database in
        let admission = Self.patient(database)
        let tasks = atOnce(200, database) { index, database in
          let keys = [Self.key(index % 3), Self.key((index + 1) % 3), Self.key(index % 3)]
          try await database.work(as: .test, contending: keys) { try await $0.make() }
        }
        for task in tasks { try await task.value }
        #expect(admission.waiting == 0)
      }
      #expect(try await shop.things() == 200)
    }

    @Test("who finds too many waiting, or waits too long, is told when to come again")
    func bounds() async throws {
      let cases: [(String, AdmissionError, (inout Admission.Limits) -> Void)] = [
        ("too many for one row", .tooManyWaiting, { $0.waitersPerKeyMax = 0 }),
        ("too many", .tooManyWaiting, { $0.waitersMax = 0 }),
        ("too long", .waitedTooLong, { $0.waitMax = .milliseconds(5) }),
      ]
      for (name, wanted, change) in cases {
        var limits = Admission.Limits()
        change(&limits)
        let bounded = limits
        let gates = [Gate(), Gate()]
        try await TestShop.withThings().run { database in
          let admission = Admission(loop: database.loop, limits: bounded)
          database.loop.admission = admission
          let entered = Atomic<Int>(0)
          let holders = atOnce(2, database) { index, database in
            try await database.work(as: .test, contending: [Self.key()]) { _ in
              entered.add(1, ordering: .relaxed)
              await gates[index].wait()
            }
          }
          try await eventually { entered.load(ordering: .relaxed) == 2 }
          await #expect(throws: wanted, "\(name)") {
            try await database.work(as: .test, contending: [Self.key()]) { _ in }
          }
          try await database.work(as: .test, contending: [Self.key(1)]) { _ in }
          for gate in gates { gate.open() }
          for task in holders { try await task.value }
          try await database.work(as: .test, contending: [Self.key()]) { _ in }
          #expect(admission.waiting == 0, "\(name)")
        }
        #expect(wanted.rpcError.code == .resourceExhausted)
        #expect(wanted.rpcError.details.contains { if case .retryInfo = $0 { true } else { false } })
      }
    }

    @Test("those that are cancelled leave the line to the others")
    func cancellation() async throws {
      let shop = try await TestShop.withThings()
      let gates = [Gate(), Gate()]
      try await shop.run { database in
        let admission = Self.patient(database)
        let tasks = atOnce(100, database) { index, database in
          try await database.work(as: .test, contending: [Self.key()]) { work in
            if index < gates.count { await gates[index].wait() }
            try await work.make()
          }
        }
        try await eventually { admission.waiting == 98 }
        for index in stride(from: 2, to: 100, by: 3) { tasks[index].cancel() }
        try await eventually { admission.waiting == 65 }
        for gate in gates { gate.open() }
        var cancelled = 0
        for task in tasks {
          do { try await task.value } catch let error as AdmissionError where error == .cancelled { cancelled += 1 }
        }
        #expect(cancelled == 33 && admission.waiting == 0)
        let things = try await database.rows("SELECT count(*) AS n FROM test.thing")[0].int64("n")
        #expect(things == 67)
      }
    }
  }
}
