/// Whether flow control lets a call's only request arrive in full.
enum RequestAdmission {
  /// The request is small, or its size is not known yet.
  case unhindered
  /// The request is large and waits its turn: flow control stops its caller.
  case waiting
  /// The whole request may arrive.
  case promised
}

/// Receives a call's only request: in full before the handler starts, and in turn if the request is large.
extension Call {
  /// Bytes have been added to a request whose handler has not started. `limit`: the longest message.
  func collect(_ count: Int, limit: Int) {
    let total = incoming.declaredLength.map { $0 + ByteBuffer.prefixBytes }
    if incoming.count > total ?? limit { return refuse(Self.moreThanOne) }
    admit(count, of: total ?? 0)
  }

  /// Bytes were added to a request without a prefix, whose size is therefore unknown.
  func collectWhole(_ count: Int) {
    let isLarge = incoming.count * 2 > server.limits.requestHeadStartBytes
    admit(count, of: isLarge ? requestBytesMax : 0)
  }

  /// Admits the rest of a request, or makes it wait, now that `count` more bytes of its `total` have arrived.
  private func admit(_ count: Int, of total: Int) {
    if requestAdmission != .promised {
      heldBytes += count
      origin.requests.hold(count)
    }
    if requestAdmission == .unhindered && total > server.limits.requestHeadStartBytes {
      requestAdmission = .waiting
      wantedBytes = total
      origin.admit(self)
    }
    if requestAdmission != .waiting { return consumed(unconsumed) }
    // The connection's window is for others, too; that of the stream stays used up.
    withSession { $0.dropped(unconsumed) }
    unconsumed = 0
  }

  /// The bytes that it still needs.
  var restBytes: Int { max(0, wantedBytes - heldBytes) }

  /// Its turn has come.
  func admitRequest() {
    if !charge(wantedBytes) { return finish(Self.noMemory) }
    origin.requests.promise(restBytes)
    heldBytes += restBytes
    requestAdmission = .promised
    let further = wantedBytes - server.limits.requestHeadStartBytes
    withSession { $0.widen(self, by: further + Self.paddingBytes) }
  }

  /// The request is no longer needed: its memory is free for others.
  @inline(__always)
  func releaseRequestMemory() {
    releaseCharge()
    if heldBytes != 0 || requestAdmission != .unhindered { releaseHeldBytes() }
  }

  private func releaseHeldBytes() {
    origin.requests.release(heldBytes, wasPromised: requestAdmission == .promised)
    heldBytes = 0
    let wasWaiting = requestAdmission == .waiting
    requestAdmission = .unhindered
    origin.admitNext(without: wasWaiting ? self : nil)
  }

  /// A stream of requests may be further ahead of its handler than every call may be, once it needs to.
  func widenWindow() {
    let start = server.limits.requestHeadStartBytes
    if isWindowWide || unconsumed * 2 < start { return }
    isWindowWide = true
    withSession { $0.widen(self, by: server.limits.streamWindowBytes - start) }
  }

  /// HTTP/2 counts the padding of frames, too, which gRPC's callers have no use for.
  private static let paddingBytes = 16 * 1024

  private static let moreThanOne = RPCError(.internal, "more bytes than one request message were sent")
}

/// Admits the large requests of a connection one after another.
extension ServerConnection {
  /// Admits a large request at once, or after those that arrived before.
  func admit(_ call: Call) {
    if waitingCalls.isEmpty && requests.hasRoom(for: call.restBytes) {
      call.admitRequest()
    } else {
      waitingCalls.append(call)
    }
  }

  /// Admits the waiting requests that fit now; `gone` does not wait any more.
  func admitNext(without gone: Call?) {
    if let gone { waitingCalls.removeAll { $0 === gone } }
    while let first = waitingCalls.first, requests.hasRoom(for: first.restBytes) {
      waitingCalls.removeFirst()
      first.admitRequest()
    }
  }
}
