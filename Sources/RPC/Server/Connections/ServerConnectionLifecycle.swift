internal import CNGHTTP2
internal import EventLoop

/// Carries out what a ``ConnectionLifecycle`` decides.
extension ServerConnection {
  /// Whether it goes away: endless calls must end, new ones go elsewhere.
  var isDraining: Bool { life.isClosing }

  /// Sets the one timer of this connection for what is due next.
  func watchLife() {
    if isClosed || isFinished { return }
    guard let due = life.nextDue else {
      lifeTimer?.cancel()
      return
    }
    let timer = lifeTimer ?? Timer { [unowned self] in carryOut(life.due(at: loop.now)) }
    lifeTimer = timer
    loop.schedule(timer, at: due)
  }

  func carryOut(_ actions: [ConnectionLifecycle.Action]) {
    for action in actions where !isClosed && !isFinished {
      switch action {
      case .askWhetherAlive:
        counters.keepAlivesSent += 1
        (session as? HTTP2Session)?.ping()
      case .announceGoingAway: announceGoingAway()
      case .goAway: if let session { session.goAway() } else { finish() }
      case .endCalls(let reason): endCalls(reason)
      case .close(let reason):
        closeReason = reason
        close()
      }
    }
    if isClosed || isFinished { return }
    needsFlush()
    watchLife()
  }

  /// Takes no new calls, ends the endless ones, and closes when the others have ended.
  func drain() { carryOut(life.depart(at: loop.now)) }

  /// Announces the end of the connection. A connection without a session receives the announcement when its caller
  /// speaks: an HTTP/2 client that receives GOAWAY before SETTINGS takes the server for broken. A caller that stays
  /// silent is disconnected after the notice time.
  func announceGoingAway() {
    guard let session else { return }
    session.announceGoingAway()
    for case let call as Call in session.streams where call.isEndless { call.depart() }
  }

  /// Ends every call with UNAVAILABLE, and then the connection.
  func endCalls(_ reason: String) {
    guard let session, !isClosed, !isFinished else { return finish() }
    for case let call as Call in session.streams { call.depart(reason) }
    session.goAway()
    turnEnded()
    finish()
  }

  /// The caller has sent a PING: too many of them end the connection.
  func enforcePings() {
    guard let session = session as? HTTP2Session else { return }
    if session.hasAnswered {
      session.hasAnswered = false
      pings.answered()
    }
    guard pings.received(at: loop.now, hasCalls: session.hasStreams, server.lifetime) else { return }
    closeReason = "the client sent too many PINGs"
    session.goAway(NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings")
    close()  // when the session has returned and the GOAWAY is sent
  }
}
