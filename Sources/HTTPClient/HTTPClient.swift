public import EventLoop

/// A client of HTTP/1.1 and HTTP/2 that never blocks its loop.
///
/// It reuses connections and verifies certificates. It follows redirects, uses proxies and decompresses bodies only on
/// request. Usable from any task.
public final class HTTPClient: Sendable {
  private let loop: EventLoop
  private let configuration: HTTPClientConfiguration
  private let transfers: LoopBound<CurlMulti>

  /// A client whose sockets live on `loop`.
  public init(on loop: EventLoop, _ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
    self.loop = loop
    self.configuration = configuration
    transfers = LoopBound(CurlMulti(on: loop, configuration), on: loop)
  }

  deinit { loop.onLoop { [transfers] in transfers.value.close() } }

  /// Sends `request` and waits for the whole response.
  ///
  /// Any status is a response. A task that is cancelled returns at once, and the exchange is broken off.
  public func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
    if let fault = request.fault { throw .invalidRequest(fault) }
    let transfer = LoopBound(CurlTransfer(request, configuration), on: loop)
    let result: Result<HTTPClientResponse, HTTPClientError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.onLoop { [transfers] in transfers.value.start(transfer.value, continuation) }
      }
    } onCancel: {
      loop.onLoop { [transfers] in transfers.value.end(transfer.value, .cancelled) }
    }
    return try result.get()
  }

  /// Breaks off what is under way and lets go of every connection.
  public func close() async {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      loop.onLoop { [transfers] in
        transfers.value.close()
        done.resume()
      }
    }
  }
}
