internal import EventLoop
package import Platform
package import RPC

/// The ``CallerDirectory`` of every loop, and the authenticator that uses the one of the call's loop.
package final class CallerDirectories: Authenticator {
  private static let scheme = "bearer "
  /// When revocations were not read for so long, the process was stopped, or its first loop was blocked.
  private static let behindAfter: Duration = .seconds(5)

  private let group: EventLoopGroup
  /// When revocations were read last. A failed read counts: while the database fails, nobody revokes anything.
  let readTimes = RevocationReadTimes()
  private let directories: [LoopBound<CallerDirectory>]

  init(_ group: EventLoopGroup, _ settings: IdentitySettings) {
    self.group = group
    let now = Instant.now
    directories = group.loops.map { LoopBound(CallerDirectory(settings, now: now), on: $0) }
  }

  /// Authenticates the call by its `authorization` header; without one, by the client certificate of its connection.
  package func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    guard let field = call.metadata["authorization"] else {
      guard let certificate = call.peer.certificate else { return .anonymous }
      return try directory(of: call).caller(showing: certificate, at: .now)
    }
    // Two recipients may read different values (RFC 9110, section 5.3).
    if call.metadata.hasSeveral("authorization") { throw .invalid(reason: "several authorization fields") }
    guard field.utf8.count > Self.scheme.utf8.count, field.prefix(Self.scheme.count).lowercased() == Self.scheme else {
      throw .invalid(reason: "no bearer token")
    }
    let token = String(field.dropFirst(Self.scheme.count).drop { $0 == " " })
    let directory = try directory(of: call)
    if token.hasPrefix(APIKeySecret.prefix) { return try directory.caller(withKey: token, at: .now) }
    return try directory.caller(holding: token, at: .now)
  }

  /// The directory of the call's loop.
  /// - Throws: `.undecided` while recent revocations may be unknown.
  private func directory(of call: Call) throws(AuthenticationError) -> CallerDirectory {
    if readTimes.gap > Self.behindAfter { throw .undecided }
    return directories[call.loop.index].value
  }

  /// The caller that has an API key.
  package func program(withKey key: String, _ call: Call) throws(AuthenticationError) -> Caller {
    guard key.hasPrefix(APIKeySecret.prefix) else { throw .invalid(reason: "no API key") }
    return try directory(of: call).caller(withKey: key, at: .now)
  }

  /// Runs `news` with the directory of every loop. Returns when all have run it.
  func tell(_ news: @escaping @Sendable (CallerDirectory) -> Void) async {
    for (loop, directory) in zip(group.loops, directories) {
      await withCheckedContinuation { continuation in
        loop.onLoop {
          news(directory.value)
          continuation.resume()
        }
      }
    }
  }

  /// Applies revocations on every loop. Returns when no loop accepts the revoked credentials.
  func apply(_ revocations: [Revocation], at now: Instant) async {
    await tell { directory in for each in revocations { directory.apply(each, at: now) } }
  }

  /// The API keys used since the last call.
  func takeUsedKeys() async -> Set<ID> {
    var used: Set<ID> = []
    for (loop, directory) in zip(group.loops, directories) {
      used.formUnion(await Task(executorPreference: loop) { directory.value.clientCredentials.takeUsed() }.value)
    }
    return used
  }

  /// The signing keys that a loop knows. Only on that loop.
  func keys(on loop: EventLoop) -> KeySet { directories[loop.index].value.keys }
}
