package import Credentials
package import EventLoop
internal import Synchronization

/// Computes and verifies password hashes off the loops, a few at a time and with a bounded queue. So many sign-ins
/// delay only sign-ins.
package final class PasswordHasher: Sendable {
  /// The length of the queue. More passwords are refused.
  package static let waitingMax = 64

  private struct Gate {
    var running = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let cost: PasswordHash.Cost
  private let runningMax: Int
  private let gate = Mutex(Gate())
  private let started = Atomic<Int>(0)
  /// The hash that passwords are compared with when the account does not exist: the same work, and never a match.
  private let decoy: PasswordHash

  /// A hasher that computes so many hashes at once: by default, half the number of processors.
  package init(cost: PasswordHash.Cost = .usual, runningMax: Int = max(1, EventLoopGroup.processorCount / 2)) {
    self.cost = cost
    self.runningMax = runningMax
    guard let decoy = PasswordHash(of: "\(UInt64.random(in: .min ... .max))", cost: cost) else {
      fatalError("there is no memory for one password")
    }
    self.decoy = decoy
  }

  /// The hash of a password, normalised by ``PasswordText``.
  /// - Throws: ``IdentityError/tooManyPasswords``.
  package func hash(_ typed: String, on loop: EventLoop) async throws -> String {
    let cost = cost
    let password = PasswordText.normalized(typed) ?? typed
    let made = try await work(on: loop) { PasswordHash(of: password, cost: cost)?.text }
    guard let made else { throw IdentityError.tooManyPasswords }
    return made
  }

  /// The result of comparing a typed password with a hash.
  package enum Match: Equatable, Sendable {
    /// The password is wrong.
    case no
    /// The password is right, and its hash is up to date.
    case yes
    /// The password is right. Its hash is of a password that was not normalised, or of another algorithm or cost, and
    /// should be replaced.
    case outdated
  }

  /// Compares the password `typed` with the hash `stored`; as slowly for nil as for any hash.
  /// - Throws: ``IdentityError/tooManyPasswords``.
  package func match(_ typed: String, _ stored: String?, on loop: EventLoop) async throws -> Match {
    let hash = stored.map { PasswordHash(text: $0) } ?? decoy
    let candidates = PasswordText.candidates(typed)
    let right = try await work(on: loop) { candidates.firstIndex { hash.matches($0) } }
    guard let right, stored != nil else { return .no }
    return right == 0 && !hash.isOutdated(for: cost) ? .yes : .outdated
  }

  /// The number of computed and verified hashes.
  var hashes: Int { started.load(ordering: .relaxed) }

  /// The number of passwords in the queue.
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
