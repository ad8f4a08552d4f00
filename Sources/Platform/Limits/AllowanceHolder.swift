internal import RPC
internal import RateLimiter

/// The user, program, session or address whose allowance a call draws on.
enum AllowanceHolder: Equatable {
  /// A guest, by the address: all of them together that share an IPv4 address, or the 64 bits that a household gets of
  /// IPv6, within which it may choose its addresses as it likes. Nil for a Unix socket.
  case guest(IPAddress?)
  /// A person who is signed in.
  case user(ID)
  /// A program, by its key or certificate.
  case program(ID)
  /// A session whose tokens are renewed.
  case session(ID)
  /// A person who is signed in without an account, by the address.
  case stranger(IPAddress?)

  /// The holder that pays for a call of `caller`; for a call on behalf of an end user, that user's address.
  init(_ caller: Caller, _ call: Call) {
    switch (caller.kind, caller.id) {
    case (.anonymous, _): self = .guest(call.clientAddress)
    case (.user, let id?): self = .user(id)
    case (.service, _?) where call.isForwarded, (.certificate, _?) where call.isForwarded:
      self = .guest(call.clientAddress)
    case (.service, let id?), (.certificate, let id?): self = .program(id)
    case (_, nil): self = .stranger(call.clientAddress)
    }
  }

  /// The label of the metrics.
  enum Kind: Int, CaseIterable {
    case guest, user, program
  }

  var kind: Kind {
    switch self {
    case .guest: .guest
    case .user, .session, .stranger: .user
    case .program: .program
    }
  }

  /// The key in the limiter's table. The last word distinguishes kinds of holders, classes, and a program's limits:
  /// with a changed limit, the program starts with a full allowance.
  func key(_ allowance: UInt8, _ limit: RateLimit) -> RateLimitKey {
    var last = tag << 8 | UInt64(allowance)
    if case .program = self {
      last |= UInt64(truncatingIfNeeded: limit.intervalNs &* 31 &+ limit.burst) << 16
    }
    return RateLimitKey(words.0, words.1, last)
  }

  /// The key in the table of open calls.
  func key(ofOpen open: OpenCallKind) -> RateLimitKey {
    RateLimitKey(words.0, words.1, tag << 16 | UInt64(kind.rawValue) << 8 | UInt64(open.rawValue))
  }

  /// The raw values of the kinds of caller and call that a key in the table of open calls is of.
  static func kinds(ofOpen key: RateLimitKey) -> (caller: Int, call: Int) {
    (Int(key.words.2 >> 8 & 0xff), Int(key.words.2 & 0xff))
  }

  private var tag: UInt64 {
    switch self {
    case .guest: 1
    case .user: 2
    case .program: 3
    case .stranger: 4
    case .session: 5
    }
  }

  private var words: (UInt64, UInt64) {
    switch self {
    case .guest(let address), .stranger(let address): Self.words(address)
    case .user(let id), .program(let id), .session(let id): id.halves
    }
  }

  /// The prefix that counts as one address; a reserved address stands for Unix sockets.
  private static func words(_ address: IPAddress?) -> (UInt64, UInt64) {
    guard let address else { return (.max, .max) }
    return address.isV4 ? (0, address.low) : (address.high, 0)
  }

  /// For the caller to read: whose quota it was.
  var subject: String {
    switch self {
    case .user(let id): return "user:\(id)"
    case .program(let id): return "key:\(id)"
    case .session(let id): return "session:\(id)"
    case .guest(nil), .stranger(nil): return "address:unix"
    case .guest(let address?), .stranger(let address?):
      return address.isV4 ? "address:\(address)" : "address:\(address.masked(to: 64))/64"
    }
  }
}
