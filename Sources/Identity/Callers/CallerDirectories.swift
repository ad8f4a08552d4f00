internal import EventLoop
package import Platform
package import RPC

/// Every loop's ``CallerDirectory``, and the authenticator that asks the one of the call's loop.
package final class CallerDirectories: Authenticator {
  private static let scheme = "bearer "
  /// Without a look at what has ended for so long, this process was stopped, or its first loop was held up.
  private static let behindAfter: Duration = .seconds(5)

  private let group: EventLoopGroup
  /// When somebody looked last at what has ended. A look that fails is one: then nobody ends anything here.
  let readTimes = RevocationReadTimes()
  private let directories: [LoopBound<CallerDirectory>]

  init(_ group: EventLoopGroup, _ settings: IdentitySettings) {
    self.group = group
    let now = Instant.now
    directories = group.loops.map { LoopBound(CallerDirectory(settings, now: now), on: $0) }
  }

  /// Who calls, by the call's `authorization`; without it, by the certificate of its connection.
  package func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    guard let field = call.metadata["authorization"] else {
      guard let certificate = call.peer.certificate else { return .anonymous }
      return try directory(of: call).caller(showing: certificate, at: .now)
    }
    // One reader may go by the first, and another by the last (RFC 9110, section 5.3).
    if call.metadata.hasSeveral("authorization") { throw .invalid(reason: "several authorization fields") }
    guard field.utf8.count > Self.scheme.utf8.count, field.prefix(Self.scheme.count).lowercased() == Self.scheme else {
      throw .invalid(reason: "no bearer token")
    }
    let token = String(field.dropFirst(Self.scheme.count).drop { $0 == " " })
    let directory = try directory(of: call)
    if token.hasPrefix(APIKeySecret.prefix) { return try directory.caller(withKey: token, at: .now) }
    return try directory.caller(holding: token, at: .now)
  }

  /// What the call's loop knows.
  /// - Throws: `.undecided` while what has ended of late may not be known.
  private func directory(of call: Call) throws(AuthenticationError) -> CallerDirectory {
    if readTimes.gap > Self.behindAfter { throw .undecided }
    return directories[call.loop.index].value
  }

  /// The program that has an API key.
  package func program(withKey key: String, _ call: Call) throws(AuthenticationError) -> Caller {
    guard key.hasPrefix(APIKeySecret.prefix) else { throw .invalid(reason: "no API key") }
    return try directory(of: call).caller(withKey: key, at: .now)
  }

  /// Tells every loop something, and returns once all have heard it.
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

  /// Notes on every loop what has ended; returns once none takes it any more.
  func apply(_ revocations: [Revocation], at now: Instant) async {
    await tell { directory in for each in revocations { directory.apply(each, at: now) } }
  }

  /// The API keys that have been used since the last time that somebody asked.
  func takeUsedKeys() async -> Set<ID> {
    var used: Set<ID> = []
    for (loop, directory) in zip(group.loops, directories) {
      used.formUnion(await Task(executorPreference: loop) { directory.value.clientCredentials.takeUsed() }.value)
    }
    return used
  }

  /// The keys that a loop knows. Only on that loop.
  func keys(on loop: EventLoop) -> KeySet { directories[loop.index].value.keys }
}
