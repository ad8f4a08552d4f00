/// How long a caller's connection may live, and how it shows that it still does.
///
/// The meaning and the defaults are those of gRPC's servers (gRFC A8 and A9).
public struct ConnectionLifetime: Sendable, Equatable {
  /// How long a caller may take until it speaks HTTP: with TLS, its handshake included.
  public var greetingMax: Duration = .seconds(10)
  /// A connection without a call for this long is closed in good order; nil for never.
  public var idleMax: Duration?
  /// A connection that has not had a call yet is closed in good order after this long, or
  /// after ``idleMax`` if that is less; nil for ``idleMax``.
  public var firstCallMax: Duration?
  /// A connection older than this, ten percent more or less, is closed in good order, so that callers spread themselves
  /// anew over machines and loops; nil for never.
  public var ageMax: Duration?
  /// How long calls may go on after ``ageMax``; then they end with UNAVAILABLE. Nil for as long as they like.
  public var ageGrace: Duration?
  /// After this long without a byte from the caller, we ask with a PING whether it is still there.
  public var keepaliveInterval: Duration = .seconds(7_200)
  /// How long the answer to that PING may take; then the connection is closed.
  public var keepaliveTimeout: Duration = .seconds(20)
  /// Callers may send PINGs at most this often; who keeps sending more is sent away with `too_many_pings`.
  public var pingIntervalMin: Duration = .seconds(300)
  /// Whether callers may send PINGs at that rate also while they have no call; otherwise once in two hours.
  public var permitsPingsWithoutCalls = false
  /// How long a call with one request and one response may last whose caller names no deadline, give or take a quarter
  /// minute; then it ends with DEADLINE_EXCEEDED. Nil for as long as it likes.
  public var unaryCallMax: Duration?
  /// How long a caller may take to hear that we are going away, before calls that it still begins are refused.
  public var goingAwayNoticeMax: Duration = .seconds(1)

  /// gRPC's defaults: connections live until their callers close them.
  public init() {}
}
