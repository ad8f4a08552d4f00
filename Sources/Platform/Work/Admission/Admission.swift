package import EventLoop

/// Lets works that would wait for the same row wait in the process, without a connection. One for each loop, and
/// confined to it.
///
/// A connection to Postgres that waits for a row lock is lost for everybody else; eight works of one row would hold all
/// connections of a loop. So only a few of them get a connection, and the others queue for their key. See
/// docs/decisions/unit-of-work.md.
package final class Admission {
  /// The bounds of one loop.
  package struct Limits: Sendable {
    /// Works that change one row at the same time. With two, the second one waits for the lock already when the first
    /// one commits.
    package var holdersMax = 2
    /// Works that found their rows wanted by others, over all keys. Of the loop's eight connections for writes, two are
    /// left to everybody else, however many rows are locked elsewhere.
    package var contendingMax = 6
    /// Works that wait for one key.
    package var waitersPerKeyMax = 2_000
    /// Works that wait for any key.
    package var waitersMax = 10_000
    /// How long one waits for a key.
    package var waitMax: Duration = .seconds(10)

    /// The usual bounds.
    package init() {}
  }

  /// How a wait ended.
  enum Turn {
    /// It is this one's turn, until it leaves.
    case admitted
    /// Another one has finished what all of them wanted.
    case finished
  }

  private final class Line {
    var holders = 0
    var waiters: [AdmissionWaiter] = []
  }

  private let loop: EventLoop
  private let limits: Limits
  private var lines: [ContentionKey: Line] = [:]
  /// Works that wait now.
  package private(set) var waiting = 0

  /// Only on `loop`.
  package init(loop: EventLoop, limits: Limits = Limits()) {
    self.loop = loop
    self.limits = limits
  }

  /// Runs `body` once it is admitted to all keys, which it takes in their order: no two works wait for each other.
  nonisolated(nonsending) func admitting<R>(
    _ keys: [ContentionKey], _ body: () async throws -> R
  ) async throws -> R {
    if keys.isEmpty { return try await body() }
    var held: [ContentionKey] = []
    var isContending = false
    defer { for key in held { leave(key) } }
    for key in Set(keys).sorted() {
      isContending = isContending || lines[key] != nil
      _ = try await enter(key, holdersMax: key.isExclusive ? 1 : limits.holdersMax)
      held.append(key)
    }
    if isContending {  // comes last, so that whoever has it waits for no key
      _ = try await enter(.anyRow, holdersMax: limits.contendingMax)
      held.append(.anyRow)
    }
    return try await body()
  }

  /// Waits until fewer than `holdersMax` hold the key. Who is admitted must leave.
  nonisolated(nonsending) func enter(_ key: ContentionKey, holdersMax: Int) async throws(AdmissionError) -> Turn {
    let line = line(of: key)
    if line.holders < holdersMax {
      line.holders += 1
      return .admitted
    }
    guard waiting < limits.waitersMax, line.waiters.count < limits.waitersPerKeyMax else { throw .tooManyWaiting }
    let waiter = AdmissionWaiter { [unowned self] waiter in
      waiting -= 1
      line.waiters.removeAll { $0 === waiter }
    }
    waiting += 1
    line.waiters.append(waiter)
    return try await waiter.wait(atMost: limits.waitMax, on: loop)
  }

  /// Admits the next one or, when what all of them wanted is finished, lets all of them go.
  func leave(_ key: ContentionKey, isFinished: Bool = false) {
    guard let line = lines[key] else { return }
    let next = isFinished ? line.waiters : Array(line.waiters.prefix(1))
    line.waiters.removeFirst(next.count)
    waiting -= next.count
    if isFinished || next.isEmpty { line.holders -= 1 }
    if line.holders == 0 { lines[key] = nil }  // then nobody waits, either
    for waiter in next { waiter.end(isFinished ? .finished : .admitted) }
  }

  private func line(of key: ContentionKey) -> Line {
    if let line = lines[key] { return line }
    let line = Line()
    lines[key] = line
    return line
  }
}

extension EventLoop {
  private static let admissionKey = LoopLocal<Admission>()

  /// The loop's admission. Only on the loop.
  package var admission: Admission {
    get {
      if let admission = self[Self.admissionKey] { return admission }
      let made = Admission(loop: self)
      self[Self.admissionKey] = made
      return made
    }
    set { self[Self.admissionKey] = newValue }
  }
}
