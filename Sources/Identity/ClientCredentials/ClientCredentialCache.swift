internal import Platform

/// The credentials that one loop knows, and which of them have called of late. Confined to its loop.
final class ClientCredentialCache {
  private var credentials: [ClientCredential.Identifier: ClientCredential] = [:]
  private var used: Set<ID> = []

  /// What is known from now on.
  func replace(_ all: [ClientCredential]) {
    credentials = Dictionary(all.map { ($0.identifier, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Who proves to be what; nil for nobody.
  func caller(_ identifier: ClientCredential.Identifier, at now: Instant) -> Caller? {
    guard let credential = credentials[identifier], credential.until.map({ now < $0 }) ?? true else { return nil }
    if let id = credential.caller.id, credential.caller.kind == .service { used.insert(id) }
    return credential.caller
  }

  /// The keys that have been used since the last time that somebody asked.
  func takeUsed() -> Set<ID> {
    defer { used = [] }
    return used
  }
}
