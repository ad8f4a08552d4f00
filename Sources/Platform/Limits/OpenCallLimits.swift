/// The number of calls that a caller may have open at once.
package struct OpenCallLimits: Equatable, Sendable {
  /// The bound for each kind of callers; nil for none.
  package struct Bounds: Equatable, Sendable {
    /// For all guests of an IPv4 address, or of an IPv6 network of 64 bits, together.
    package var guest: Int?
    /// For a person who is signed in.
    package var user: Int?
    /// For a program, by its key or certificate.
    package var program: Int?

    /// The limits for each kind of holder.
    package init(guest: Int?, user: Int?, program: Int?) {
      self.guest = guest
      self.user = user
      self.program = program
    }

    fileprivate var smallest: Int { [guest, user, program].compactMap(\.self).min() ?? .max }

    func bound(of kind: AllowanceHolder.Kind) -> Int? {
      switch kind {
      case .guest: guest
      case .user: user
      case .program: program
      }
    }
  }

  /// The defaults suffice for an office behind one address, a user with tabs on several devices, and a server that
  /// shows dashboards over one connection. It takes 500 addresses or 100 programs to use up a server's streams.
  package static let streamsUsual = Bounds(guest: 200, user: 100, program: 1_000)
  /// More than the usual allowances let begin at once.
  package static let callsUsual = Bounds(guest: 1_000, user: 1_000, program: 2_000)

  /// Streams, which may stay open for days.
  package var streams = streamsUsual
  /// Calls with one request and one response.
  package var calls = callsUsual
  /// The limits of single API keys, by their ids, for streams and for calls. Nil for any number.
  package var keys: [ID: Int?] = [:]

  /// The usual bounds.
  package init() {}

  /// No caller may have fewer calls open than these.
  var smallestCallBound: Int { min(calls.smallest, keys.values.compactMap(\.self).min() ?? .max) }

  /// The number of calls that `holder` may have open; nil for any number.
  func bound(of holder: AllowanceHolder, _ kind: OpenCallKind) -> Int? {
    if case .program(let id) = holder, !keys.isEmpty, let own = keys[id] { return own }
    return (kind == .stream ? streams : calls).bound(of: holder.kind)
  }
}

/// Kinds of calls that are counted separately.
enum OpenCallKind: UInt8, CaseIterable {
  case call = 0
  case stream = 1
}
