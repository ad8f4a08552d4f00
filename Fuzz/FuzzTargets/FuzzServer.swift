import EventLoop
import Glibc
import Protobuf
import RPC

/// A real server with one loop, whose connections are pairs of sockets.
///
/// The sockets keep the borders of what is sent: how the bytes come in pieces is part of the input, and the same at
/// every run.
final class FuzzServer: Sendable {
  /// The largest request in bytes: small, for inputs to go beyond it.
  static let requestBytesMax = 1000
  /// A server keeps nothing of fields that it does not know.
  static let decodeLimits = DecodeLimits(keepsUnknownFields: false)
  /// How long an answer, or the end of a connection, may take before it counts as never, in milliseconds.
  private static let patienceMs: Int32 = 20_000
  /// How long to wait before the counts are read again, in microseconds.
  private static let countPauseUs: UInt32 = 20

  let service = FuzzService()
  private let server: RPCServer

  init() {
    let group = EventLoopGroup(count: 1)
    var limits = RPCLimits()
    limits.requestBytesMax = Self.requestBytesMax
    limits.responseBufferBytes = 1024
    let services = StandardServices.added(
      to: [service], files: [], health: HealthRegistry(services: [service.serviceDescriptor.fullName]))
    server = RPCServer(group: group, services: services, limits: limits)
  }

  /// A server of somebody else's making, on which ``service`` is not served.
  init(serving server: RPCServer) { self.server = server }

  /// Sends `pieces`, waits until what came back `isEnough` or the server ends the connection, ends it, and waits until
  /// the server has nothing left of it.
  /// - Returns: all that the server sent.
  @discardableResult
  func converse(_ pieces: [ArraySlice<UInt8>], until isEnough: (RawAnswer) -> Bool) -> RawAnswer {
    var ends: [Int32] = [-1, -1]
    let kind = [SOCK_SEQPACKET, SOCK_NONBLOCK].reduce(0) { $0 | Int32($1.rawValue) }
    mustHold(socketpair(AF_UNIX, kind, 0, &ends) == 0, "no socket")
    server.serve(connected: ends[1])
    var answer = RawAnswer()
    for piece in pieces where !piece.isEmpty && !answer.isEnded { send(piece, on: ends[0], &answer) }
    while !answer.isEnded && !isEnough(answer) {
      mustHold(receive(from: ends[0], &answer, waitMs: Self.patienceMs), "there is no answer")
    }
    shutdown(ends[0], Int32(SHUT_WR))
    while !answer.isEnded {
      mustHold(receive(from: ends[0], &answer, waitMs: Self.patienceMs), "the connection does not end")
    }
    close(ends[0])
    waitUntilEmpty()
    return answer
  }

  private func send(_ piece: ArraySlice<UInt8>, on fd: Int32, _ answer: inout RawAnswer) {
    while true {
      let sent = piece.withUnsafeBytes { Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent >= 0 { return }
      guard errno == EAGAIN else {
        // The server has ended the connection: what it said before can still be read.
        while receive(from: fd, &answer, waitMs: Self.patienceMs), !answer.isEnded {}
        answer.isEnded = true
        return
      }
      mustHold(wait(for: POLLIN | POLLOUT, on: fd, ms: Self.patienceMs), "the connection takes nothing")
      _ = receive(from: fd, &answer, waitMs: 0)
      if answer.isEnded { return }
    }
  }

  /// - Returns: whether anything came: bytes, or the end.
  private func receive(from fd: Int32, _ answer: inout RawAnswer, waitMs: Int32) -> Bool {
    guard wait(for: POLLIN, on: fd, ms: waitMs) else { return false }
    let count = withUnsafeTemporaryAllocation(byteCount: RawAnswer.packetBytesMax, alignment: 16) { buffer in
      let count = recv(fd, buffer.baseAddress, buffer.count, 0)
      if count > 0 { answer.bytes += buffer[..<count] }
      return count
    }
    if count == 0 || (count < 0 && errno != EAGAIN) { answer.isEnded = true }
    return true
  }

  /// libFuzzer's alarm clock interrupts the wait: it begins anew then.
  private func wait(for events: Int32, on fd: Int32, ms: Int32) -> Bool {
    var watched = pollfd(fd: fd, events: Int16(events), revents: 0)
    while true {
      let count = poll(&watched, 1, ms)
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }

  private func waitUntilEmpty() {
    for _ in 0..<(UInt32(Self.patienceMs) * 1000 / Self.countPauseUs) {
      if server.openConnections == 0 && server.callsInFlight == 0 { return }
      usleep(Self.countPauseUs)
    }
    fatalError("connections or calls are left: \(server.openConnections), \(server.callsInFlight)")
  }
}
