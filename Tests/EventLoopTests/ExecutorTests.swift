import EventLoop
import Synchronization
import Testing

@Suite struct ExecutorTests {
  /// Where each way of starting work inside a task of a loop runs.
  @Test func childWorkStaysOnTheLoop() async {
    let group = EventLoopGroup(count: 2)
    for loop in group.loops {
      let places = await Task(executorPreference: loop) { () -> [String: Bool] in
        var places = ["task": loop.isCurrent]
        async let sibling = loop.isCurrent
        places["async let"] = await sibling
        places["group"] = await withTaskGroup(of: Bool.self) { tasks in
          for _ in 0..<8 { tasks.addTask { loop.isCurrent } }
          return await tasks.allSatisfy { $0 }
        }
        await Task.yield()
        places["after yield"] = loop.isCurrent
        _ = await Task.detached { 1 }.value
        places["after detached work"] = loop.isCurrent
        try? await loop.sleep(for: .milliseconds(1))
        places["after sleep"] = loop.isCurrent
        _ = try? await loop.offLoop { 1 }
        places["after off-loop work"] = loop.isCurrent
        return places
      }.value
      #expect(places.count == 7)
      #expect(places.filter { !$0.value }.keys.sorted() == [])
    }
    group.shutdown()
  }

  @Test func immediateTasksStartInPlace() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let order = await withCheckedContinuation { (done: CheckedContinuation<[Int], Never>) in
      loop.execute {
        let order = Mutex<[Int]>([])
        Task.immediate(executorPreference: loop) {
          order.withLock { $0.append(1) }
          await Task.yield()
          order.withLock { $0.append(3) }
          done.resume(returning: order.withLock { $0 })
        }
        order.withLock { $0.append(2) }
      }
    }
    #expect(order == [1, 2, 3])
    group.shutdown()
  }

  @Test func mailboxKeepsOrderAndLosesNothing() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let log = Log()
    await withTaskGroup(of: Void.self) { tasks in
      for sender in 0..<4 {
        tasks.addTask {
          for number in 0..<10_000 { loop.execute { log.seen.withLock { $0[sender].append(number) } } }
        }
      }
    }
    await withCheckedContinuation { done in loop.execute { done.resume() } }
    for sender in 0..<4 { #expect(log.seen.withLock { $0[sender] } == Array(0..<10_000)) }
    group.shutdown()
  }

  /// Many tasks on several loops, each loop counting without a lock: a task that ran elsewhere would lose counts.
  @Test func loopsShareNothingUnderLoad() async {
    final class Counter { var value = 0 }
    let group = EventLoopGroup(count: 4)
    let counters = group.loops.map { LoopBound(Counter(), on: $0) }
    await withTaskGroup(of: Void.self) { tasks in
      for (loop, counter) in zip(group.loops, counters) {
        for _ in 0..<200 {
          tasks.addTask(executorPreference: loop) {
            for _ in 0..<200 {
              counter.value.value += 1
              await Task.yield()
            }
          }
        }
      }
    }
    for (loop, counter) in zip(group.loops, counters) {
      let total = await Task(executorPreference: loop) { counter.value.value }.value
      #expect(total == 40_000)
    }
    group.shutdown()
  }

  /// A queue that never empties must not keep timers and sockets waiting.
  @Test func busyLoopStillFiresTimers() async throws {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let busy = Task(executorPreference: loop) { while !Task.isCancelled { await Task.yield() } }
    try await loop.sleep(for: .milliseconds(5))
    busy.cancel()
    await busy.value
    group.shutdown()
  }

  @Test func loopLocalsAreSeparate() async {
    final class Box { var name = "" }
    let key = LoopLocal<Box>()
    let group = EventLoopGroup(count: 2)
    for loop in group.loops {
      await Task(executorPreference: loop) {
        let box = Box()
        box.name = "of loop \(loop.index)"
        loop[key] = box
      }.value
    }
    for loop in group.loops {
      let name = await Task(executorPreference: loop) { loop[key]?.name }.value
      #expect(name == "of loop \(loop.index)")
    }
    group.shutdown()
  }

  @Test func offLoopWorkIsBounded() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let gate = Gate()
    let refused = await withTaskGroup(of: Bool.self) { tasks in
      for _ in 0..<2_000 {
        tasks.addTask {
          do {
            try await loop.offLoop { while !gate.open.load(ordering: .acquiring) {} }
            return false
          } catch is OffLoopQueueFull {
            return true
          } catch {
            return false
          }
        }
      }
      var refused = 0
      // At least 2,000 less those that wait and the two being worked on are refused at once.
      while refused < 2_000 - 1_024 - 2, await tasks.next() == true { refused += 1 }
      gate.open.store(true, ordering: .releasing)
      return refused
    }
    #expect(refused == 2_000 - 1_024 - 2)
    group.shutdown()
  }
}

private final class Log: Sendable {
  let seen = Mutex<[[Int]]>(Array(repeating: [], count: 4))
}

private final class Gate: Sendable {
  let open = Atomic<Bool>(false)
}
