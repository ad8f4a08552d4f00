internal import Platform

/// The client credentials that one loop knows, and which of them were used recently. Confined to its loop.
final class ClientCredentialCache {
  private var credentials: [ClientCredential.Identifier: ClientCredential] = [:]
  private var used: Set<ID> = []

  /// Replaces all credentials.
  func replace(_ all: [ClientCredential]) {
    credentials = Dictionary(all.map { ($0.identifier, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The caller with a credential; nil for an unknown or expired one.
  func caller(_ identifier: ClientCredential.Identifier, at now: Instant) -> Caller? {
    guard let credential = credentials[identifier], credential.until.map({ now < $0 }) ?? true else { return nil }
    if let id = credential.caller.id, credential.caller.kind == .service { used.insert(id) }
    return credential.caller
  }

  /// The API keys used since the last call.
  func takeUsed() -> Set<ID> {
    defer { used = [] }
    return used
  }
}
