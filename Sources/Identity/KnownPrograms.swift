internal import Platform

/// The programs that one loop knows, and which of them have called of late. Confined to its loop.
final class KnownPrograms {
  private var programs: [Program.Proof: Program] = [:]
  private var used: Set<ID> = []

  /// What is known from now on.
  func replace(_ all: [Program]) {
    programs = Dictionary(all.map { ($0.proof, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Who proves to be what; nil for nobody.
  func caller(_ proof: Program.Proof, at now: Instant) -> Caller? {
    guard let program = programs[proof], program.until.map({ now < $0 }) ?? true else { return nil }
    if let id = program.caller.id, program.caller.kind == .service { used.insert(id) }
    return program.caller
  }

  /// The keys that have been used since the last time that somebody asked.
  func takeUsed() -> Set<ID> {
    defer { used = [] }
    return used
  }
}
