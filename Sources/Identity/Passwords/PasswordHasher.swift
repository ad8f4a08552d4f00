internal import Credentials
package import EventLoop
internal import Synchronization

/// Makes and checks hashes of passwords, off the loops: a few at a time, so that many sign-ins delay nothing but
/// sign-ins, and with a bounded queue.
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

  /// The hash of a password, in its form of ``PasswordText``.
  /// - Throws: ``IdentityError/tooManyPasswords``.
  package func hash(_ typed: String, on loop: EventLoop) async throws -> String {
    let cost = cost
    let password = PasswordText.normalized(typed) ?? typed
    let made = try await work(on: loop) { PasswordHash(of: password, cost: cost)?.text }
    guard let made else { throw IdentityError.tooManyPasswords }
    return made
  }

  /// How a password that was typed matches a hash.
  package enum Match: Equatable, Sendable {
    /// It is another one.
    case no
    /// It is the one, and the hash is as it would be made today.
    case yes
    /// It is the one; the hash was made of what was typed, or by another method or cost, and should be made anew.
    case outdated
  }

  /// Whether `stored` is the hash of the password `typed`; as slowly for nil as for any other.
  /// - Throws: ``IdentityError/tooManyPasswords``.
  package func match(_ typed: String, _ stored: String?, on loop: EventLoop) async throws -> Match {
    let hash = stored.map { PasswordHash(text: $0) } ?? decoy
    let candidates = PasswordText.candidates(typed)
    let right = try await work(on: loop) { candidates.firstIndex { hash.matches($0) } }
    guard let right, stored != nil else { return .no }
    return right == 0 && !hash.isOutdated(for: cost) ? .yes : .outdated
  }

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
