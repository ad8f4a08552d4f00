/// How far a call's only request has been let come.
enum RequestAdmission {
  /// It is small, or it is not known yet how large it is.
  case unhindered
  /// It is large, and waits for its turn: flow control stops its caller.
  case waiting
  /// All of it may come.
  case promised
}

/// How a call's only request arrives: all of it before its handler starts, and in its turn if it is large.
extension Call {
  /// Bytes have been added to a request whose handler has not started. `limit`: the longest message.
  func collect(_ count: Int, limit: Int) {
    let total = incoming.declaredLength.map { $0 + ByteBuffer.prefixBytes }
    if incoming.count > total ?? limit { return refuse(Self.moreThanOne) }
    admit(count, of: total ?? 0)
  }

  /// Bytes have been added to a request that is one thing without a prefix, so that nobody knows how large it will be.
  func collectWhole(_ count: Int) {
    let isLarge = incoming.count * 2 > server.limits.requestHeadStartBytes
    admit(count, of: isLarge ? requestBytesMax : 0)
  }

  /// Lets the rest of a request come, or makes it wait, now that `count` bytes more of its `total` have come.
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

  /// What it takes beside what is held of it.
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

  /// Nobody needs the request any more: there is room for another.
  func releaseRequestMemory() {
    releaseCharge()
    if heldBytes == 0 && requestAdmission == .unhindered { return }
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

/// The large requests of a connection, one after another.
extension ServerConnection {
  /// Lets a large request come at once, or after those that were there before.
  func admit(_ call: Call) {
    if waitingCalls.isEmpty && requests.hasRoom(for: call.restBytes) {
      call.admitRequest()
    } else {
      waitingCalls.append(call)
    }
  }

  /// Lets those come for which there is room now; `gone` does not wait any more.
  func admitNext(without gone: Call?) {
    if let gone { waitingCalls.removeAll { $0 === gone } }
    while let first = waitingCalls.first, requests.hasRoom(for: first.restBytes) {
      waitingCalls.removeFirst()
      first.admitRequest()
    }
  }
}
