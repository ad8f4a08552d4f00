import BenchAPI
import Dispatch
import EventLoop
import Glibc
import Protobuf
import RPC

/// Whatever a server sends, the client's calls end, each once, and nothing of them is left.
///
/// The first byte of the input says in its lowest bit whether the server greets properly and waits for the calls before
/// it says the rest, and in the others in pieces of how many bytes it does.
enum AnswerCheck {
  private static let harness = FuzzedChannel()
  private static let piecesMax = 32

  static func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let session = Array(input.dropFirst())
    harness.converse(session.pieces(of: Int(first >> 1), most: piecesMax), greets: first & 1 != 0)
  }
}

/// A client with a loop of its own, and the socket that its channels connect to.
private final class FuzzedChannel: Sendable {
  /// How long the client may take to connect, to call, or to end its calls, in milliseconds.
  private static let patienceMs: Int32 = 20_000
  private static let headersFrame: UInt8 = 1
  /// One unary call and one stream of responses, on a connection.
  private static let calls = 2

  private let group = EventLoopGroup(count: 1)
  private let path: String
  private let listener: Int32

  init() {
    let path = "/tmp/fastshop-fuzz-\(getpid())"
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    unlink(path)
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    mustHold(bound == 0 && listen(socket, 16) == 0, "no socket")
    self.path = path
    listener = socket
  }

  func converse(_ pieces: [ArraySlice<UInt8>], greets: Bool) {
    var options = ChannelOptions()
    // One connection is all that there is.
    options.reconnectBackoff = Backoff(initial: .seconds(600), maximum: .seconds(600), multiplier: 1)
    options.limits.responseBytesMax = 1000
    options.limits.headerBytesMax = 2000
    let channel = Channel(.unix(path: path), options: options, on: group.loops[0])
    let ended = DispatchSemaphore(value: 0)
    // On the channel's own thread: those that tasks usually run on may all be waiting as this one is.
    Task(executorPreference: group.loops[0]) {
      let _: EchoReply? = try? await channel.unary("/fuzz/Unary", EchoRequest(in: Arena()))
      ended.signal()
    }
    Task(executorPreference: group.loops[0]) {
      if let replies: ClientResponseStream<EchoReply> = try? await channel.serverStreaming(
        "/fuzz/Stream", EchoRequest(in: Arena()))
      {
        do { for try await _ in replies {} } catch {}
      }
      ended.signal()
    }
    play(pieces, greets: greets)
    for _ in 0..<Self.calls { wait(for: ended) }
    Task(executorPreference: group.loops[0]) {
      await channel.close()
      ended.signal()
    }
    wait(for: ended)
  }

  /// Until a call has ended. A connection that it makes anew is closed at once.
  private func wait(for ended: DispatchSemaphore) {
    for _ in 0..<Self.patienceMs {
      while wait(for: POLLIN, on: listener, ms: 0) { close(accept(listener, nil, nil)) }
      if ended.wait(timeout: .now() + .milliseconds(1)) == .success { return }
    }
    mustHold(false, "a call does not end")
  }

  /// Says its part, hears what the client says meanwhile, and leaves.
  private func play(_ pieces: [ArraySlice<UInt8>], greets: Bool) {
    let connection = takeConnection()
    var heard: [UInt8] = []
    if greets {
      say(RawFrames.frame(type: 4, flags: 0, stream: 0, [])[...], on: connection, &heard)
      while headers(in: heard) < Self.calls {
        mustHold(hear(on: connection, &heard, waitMs: Self.patienceMs), "the client does not call")
      }
    }
    for piece in pieces where !piece.isEmpty { say(piece, on: connection, &heard) }
    shutdown(connection, Int32(SHUT_WR))
    while hear(on: connection, &heard, waitMs: Self.patienceMs) {}
    close(connection)
  }

  private func takeConnection() -> Int32 {
    mustHold(wait(for: POLLIN, on: listener, ms: Self.patienceMs), "the client does not connect")
    let connection = accept(listener, nil, nil)
    mustHold(connection >= 0, "no connection")
    _ = fcntl(connection, F_SETFL, O_NONBLOCK)
    return connection
  }

  /// The HEADERS that a client has sent behind its preface.
  private func headers(in heard: [UInt8]) -> Int {
    var answer = RawAnswer()
    answer.bytes = Array(heard.dropFirst(RawFrames.preface.count))
    return answer.frames.count { $0.type == Self.headersFrame }
  }

  private func say(_ piece: ArraySlice<UInt8>, on fd: Int32, _ heard: inout [UInt8]) {
    var rest = piece
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent > 0 {
        rest = rest.dropFirst(sent)
      } else if errno != EAGAIN || !hear(on: fd, &heard, waitMs: Self.patienceMs) {
        return  // the client has left
      }
    }
  }

  /// - Returns: whether the client said something, and may say more.
  private func hear(on fd: Int32, _ heard: inout [UInt8], waitMs: Int32) -> Bool {
    guard wait(for: POLLIN, on: fd, ms: waitMs) else { return false }
    let room = 65_536
    let bytes = withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { buffer in
      let count = recv(fd, buffer.baseAddress, room, 0)
      return count > 0 ? Array(buffer[..<count]) : []
    }
    heard += bytes
    return !bytes.isEmpty
  }

  /// libFuzzer's alarm clock interrupts the wait: it begins anew then.
  private func wait(for events: Int32, on fd: Int32, ms: Int32) -> Bool {
    var watched = pollfd(fd: fd, events: Int16(events), revents: 0)
    while true {
      let count = poll(&watched, 1, ms)
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }
}
