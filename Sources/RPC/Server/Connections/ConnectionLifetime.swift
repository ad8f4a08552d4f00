/// The settings of a connection's maximum age and of keepalive.
///
/// The meaning and the defaults are those of gRPC's servers (gRFC A8 and A9).
public struct ConnectionLifetime: Sendable, Equatable {
  /// The time that a caller has until it speaks HTTP, including the TLS handshake.
  public var greetingMax: Duration = .seconds(10)
  /// A connection without a call for this long is closed in good order; nil for never.
  public var idleMax: Duration?
  /// A connection that has not had a call yet is closed in good order after this long, or
  /// after ``idleMax`` if that is less; nil for ``idleMax``.
  public var firstCallMax: Duration?
  /// The age, ten percent more or less, at which a connection is closed gracefully, so that callers are distributed
  /// again over machines and loops; nil for never.
  public var ageMax: Duration?
  /// The time that calls have after ``ageMax``; then they end with UNAVAILABLE. Nil for no limit.
  public var ageGrace: Duration?
  /// After this long without a byte from the caller, we ask with a PING whether it is still there.
  public var keepaliveInterval: Duration = .seconds(7_200)
  /// The time for the answer to that PING; then the connection is closed.
  public var keepaliveTimeout: Duration = .seconds(20)
  /// Callers may send PINGs at most this often; who keeps sending more is sent away with `too_many_pings`.
  public var pingIntervalMin: Duration = .seconds(300)
  /// Whether callers may send PINGs at that rate also while they have no call; otherwise once in two hours.
  public var permitsPingsWithoutCalls = false
  /// The time that a caller has to read the GOAWAY, before calls that it still begins are refused.
  public var goingAwayNoticeMax: Duration = .seconds(1)

  /// gRPC's defaults: connections live until their callers close them.
  public init() {}
}
