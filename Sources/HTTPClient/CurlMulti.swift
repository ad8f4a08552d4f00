internal import CCurl
internal import EventLoop

/// All transfers of a client. libcurl names the sockets and timeouts that it waits for; the loop reports their events.
/// Confined to its loop.
final class CurlMulti {
  private let loop: EventLoop
  private let configuration: HTTPClientConfiguration
  private let multi: UnsafeMutableRawPointer
  private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  private var sockets: [curl_socket_t: CurlSocket] = [:]
  private var isClosed = false
  private lazy var timer = Timer { [unowned self] in act(CURL_SOCKET_TIMEOUT, 0) }

  init(on loop: EventLoop, _ configuration: HTTPClientConfiguration) {
    CurlLibrary.begin()
    self.loop = loop
    self.configuration = configuration
    // It fails only for lack of memory.
    multi = curl_multi_init()
    ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHostMax)
    ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.connectionsMax)
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.connectionsMax)
    ccurl_multi_set_callbacks(multi, watchSocket, setTimer, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    if isClosed { return }
    ccurl_multi_set_callbacks(multi, nil, nil, nil)  // the loop has ended before us
    curl_multi_cleanup(multi)
  }

  // MARK: Transfers

  func start(
    _ transfer: CurlTransfer, _ continuation: CheckedContinuation<Result<HTTPClientResponse, HTTPClientError>, Never>
  ) {
    transfer.begin(continuation)
    if transfer.isOver { return }  // cancelled before it began
    if isClosed { return transfer.fail(.closed) }
    if transfers.count >= configuration.requestsMax {
      return transfer.fail(.overloaded(limit: configuration.requestsMax))
    }
    let deadline = Timer { [unowned self, unowned transfer] in end(transfer, .timedOut) }
    transfer.deadline = deadline
    loop.schedule(deadline, after: transfer.timeout)
    transfers[transfer.handle] = transfer
    transfer.upload?.fetch = { [unowned self, unowned transfer] in fetch($0, for: transfer) }
    curl_multi_add_handle(multi, transfer.handle)
    act(CURL_SOCKET_TIMEOUT, 0)
  }

  /// Fetches the piece of a transfer's body at `offset`; libcurl waits for it.
  private func fetch(_ offset: Int, for transfer: CurlTransfer) {
    guard let piece = transfer.upload?.bytes(at: offset) else { return }
    let (transfer, owner) = (LoopBound(transfer, on: loop), LoopBound(WeakMulti(self), on: loop))
    Task { [loop] in
      let bytes = try? await piece()
      loop.onLoop { owner.value.multi?.arrived(bytes, for: transfer.value) }
    }
  }

  /// A piece of a body has come; nil if it could not be fetched.
  private func arrived(_ bytes: [UInt8]?, for transfer: CurlTransfer) {
    guard !isClosed, transfers[transfer.handle] === transfer, let upload = transfer.upload else { return }
    guard let bytes, upload.arrived(bytes) else { return end(transfer, .broken("the request's body ended early")) }
    curl_easy_pause(transfer.handle, CURLPAUSE_CONT)
    act(CURL_SOCKET_TIMEOUT, 0)
  }

  /// Ends a transfer before libcurl does. Nothing when it has ended.
  func end(_ transfer: CurlTransfer, _ error: HTTPClientError) {
    if transfer.isOver { return }
    if transfers.removeValue(forKey: transfer.handle) != nil { curl_multi_remove_handle(multi, transfer.handle) }
    transfer.fail(error)
  }

  func close() {
    if isClosed { return }
    for transfer in Array(transfers.values) { end(transfer, .closed) }
    isClosed = true
    curl_multi_cleanup(multi)  // which takes its sockets from the loop
    timer.cancel()
  }

  /// Tells libcurl that a socket is ready or a time has come, and ends what it has finished.
  func act(_ socket: curl_socket_t, _ events: Int32) {
    if isClosed { return }
    var running: Int32 = 0
    curl_multi_socket_action(multi, socket, events, &running)
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
      let code = ccurl_result(message)
      curl_multi_remove_handle(multi, handle)
      transfers.removeValue(forKey: handle)?.complete(code)
    }
  }

  // MARK: What libcurl asks for

  func watch(_ socket: curl_socket_t, for interest: Int32) {
    if interest == CURL_POLL_REMOVE {
      if let watched = sockets.removeValue(forKey: socket) { loop.remove(watched) }
      return
    }
    if isClosed { return }
    var events: IOEvents = []
    if interest & CURL_POLL_IN != 0 { events.insert(.readable) }
    if interest & CURL_POLL_OUT != 0 { events.insert(.writable) }
    if let watched = sockets[socket] { return loop.modify(watched, events: events) }
    let fresh = CurlSocket(socket, of: self)
    // What the kernel will not watch makes no progress: the transfer's time ends it.
    if loop.add(fresh, fd: socket, events: events) { sockets[socket] = fresh }
  }

  func wake(afterMs delay: Int) {
    if delay < 0 || isClosed { return timer.cancel() }
    loop.schedule(timer, after: .milliseconds(delay))
  }
}

/// A reference that a piece of a body does not keep alive.
private final class WeakMulti {
  weak var multi: CurlMulti?

  init(_ multi: CurlMulti) { self.multi = multi }
}

/// A socket of libcurl that the loop watches.
final class CurlSocket: IOSource {
  private let socket: curl_socket_t
  private weak var owner: CurlMulti?

  init(_ socket: curl_socket_t, of owner: CurlMulti) {
    self.socket = socket
    self.owner = owner
  }

  override func ready(_ events: IOEvents) {
    var what: Int32 = 0
    if events.contains(.readable) { what |= CURL_CSELECT_IN }
    if events.contains(.writable) { what |= CURL_CSELECT_OUT }
    if !events.isDisjoint(with: .broken) { what |= CURL_CSELECT_ERR }
    owner?.act(socket, what)
  }
}

private let watchSocket: curl_socket_callback = { _, socket, interest, context, _ in
  guard let context else { return 0 }
  Unmanaged<CurlMulti>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.watch(socket, for: interest) }
  return 0
}

private let setTimer: curl_multi_timer_callback = { _, delay, context in
  guard let context else { return 0 }
  Unmanaged<CurlMulti>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.wake(afterMs: delay) }
  return 0
}
