internal import Credentials
package import EventLoop
internal import Synchronization

/// Makes and checks hashes of passwords, off the loops: a few at a time, so that many log-ins delay nothing but
/// log-ins, and with a bounded queue.
package final class PasswordHasher: Sendable {
  /// Passwords that may wait; more are refused.
  package static let waitingMax = 64

  private struct Gate {
    var running = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let cost: PasswordHash.Cost
  private let runningMax: Int
  private let gate = Mutex(Gate())
  private let started = Atomic<Int>(0)
  /// What passwords are compared with when there is no account: the same work, and never right.
  private let decoy: PasswordHash

  /// A hasher that works on so many passwords at once: half the processors, unless told otherwise.
  package convenience init(runningMax: Int = max(1, EventLoopGroup.processorCount / 2)) {
    self.init(cost: .usual, runningMax: runningMax)
  }

  init(cost: PasswordHash.Cost, runningMax: Int) {
    self.cost = cost
    self.runningMax = runningMax
    guard let decoy = PasswordHash(of: "\(UInt64.random(in: .min ... .max))", cost: cost) else {
      fatalError("there is no memory for one password")
    }
    self.decoy = decoy
  }

  /// The hash of a password.
  /// - Throws: ``IdentityError/tooManyPasswords``.
  package func hash(_ password: String, on loop: EventLoop) async throws -> String {
    let cost = cost
    let made = try await work(on: loop) { PasswordHash(of: password, cost: cost)?.text }
    guard let made else { throw IdentityError.tooManyPasswords }
    return made
  }

  /// Whether `stored` is the hash of `password`; as slowly for nil as for any other.
  /// - Throws: ``IdentityError/tooManyPasswords``.
  package func matches(_ password: String, _ stored: String?, on loop: EventLoop) async throws -> Bool {
    let hash = stored.map { PasswordHash(text: $0) } ?? decoy
    let matches = try await work(on: loop) { hash.matches(password) }
    return matches && stored != nil
  }

  /// Whether a stored hash should be made anew.
  package func isOutdated(_ stored: String) -> Bool { PasswordHash(text: stored).isOutdated(for: cost) }

  /// Hashes that were made or checked so far.
  var hashes: Int { started.load(ordering: .relaxed) }

  /// Passwords that wait at the moment.
  var waiting: Int { gate.withLock { $0.waiting.count } }

  private func work<Value: Sendable>(
    on loop: EventLoop, _ body: @escaping @Sendable () -> Value
  ) async throws -> Value {
    try await enter()
    defer { leave() }
    try Task.checkCancellation()
    started.add(1, ordering: .relaxed)
    return try await loop.offLoop(body)
  }

  private func enter() async throws {
    let isFull = gate.withLock { $0.running >= runningMax && $0.waiting.count >= Self.waitingMax }
    if isFull { throw IdentityError.tooManyPasswords }
    await withCheckedContinuation { continuation in
      let goesOn = gate.withLock { gate in
        if gate.running < runningMax {
          gate.running += 1
          return true
        }
        gate.waiting.append(continuation)
        return false
      }
      if goesOn { continuation.resume() }
    }
  }

  private func leave() {
    let next = gate.withLock { gate -> CheckedContinuation<Void, Never>? in
      if gate.waiting.isEmpty {
        gate.running -= 1
        return nil
      }
      return gate.waiting.removeFirst()
    }
    next?.resume()
  }
}
