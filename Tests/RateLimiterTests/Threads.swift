import Foundation
import Synchronization

/// Runs `body` on `count` threads, which begin together, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let waiting = Counter()
  let done = DispatchGroup()
  for index in 0..<count {
    done.enter()
    Thread.detachNewThread {
      waiting.add(1)
      while waiting.value < count { sched_yield() }
      body(index)
      done.leave()
    }
  }
  done.wait()
}

/// A number that threads share.
final class Counter: Sendable {
  private let number = Atomic<Int64>(0)

  var value: Int64 { number.load(ordering: .acquiring) }

  /// - Returns: what it is afterwards.
  @discardableResult
  func add(_ amount: Int64) -> Int64 { number.add(amount, ordering: .acquiringAndReleasing).newValue }
}
