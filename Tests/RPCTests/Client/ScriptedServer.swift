import Foundation
import Glibc
import Synchronization

@testable import RPC

/// A server that says exactly the frames it is told to, over real sockets: what a client makes of it is its own affair.
///
/// It listens on a Unix socket, whose name nobody else knows: a port of TCP may have been another program's a moment
/// ago, whose clients would be counted here.
final class ScriptedServer: Sendable {
  /// What a script answers to.
  struct Event: Sendable, Equatable {
    enum Kind { case began, ended }
    let kind: Kind
    /// Number of the connection, from 0.
    let connection: Int
    let stream: UInt32
    /// Number of the call over all connections, from 0.
    let call: Int
  }

  /// One thing to do on the connection.
  enum Step: Sendable {
    case send([UInt8])
    case close
  }

  typealias Script = @Sendable (Event) -> [Step]

  private struct State {
    var sockets: [Int32] = []
    var calls = 0
    var frames: [UInt8] = []
    var requestBytes: [UInt32: Int] = [:]
  }

  let address: ListenAddress
  private let listening: ListeningSocket
  private let greeting: @Sendable (Int) -> [Step]
  private let answersPings: Bool
  private let script: Script
  private let state = Mutex(State())

  /// `greeting` is sent on each connection as soon as it is accepted.
  init(
    answersPings: Bool = true, greeting: @escaping @Sendable (Int) -> [Step] = { _ in [.settings([])] },
    _ script: @escaping Script
  ) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "fastshop-\(UUID().uuidString)").path
    listening = try ListeningSocket(on: .clearText(.unix(path: path)), sharesPort: false)
    _ = fcntl(listening.fd, F_SETFL, 0)
    address = listening.bound
    self.greeting = greeting
    self.answersPings = answersPings
    self.script = script
    Thread.detachNewThread { self.acceptAll() }
  }

  /// The threads end with their sockets, which stay open: their numbers are not to be another's while they are in use.
  func stop() {
    shutdown(listening.fd, Int32(SHUT_RDWR))
    for socket in state.withLock({ $0.sockets }) { shutdown(socket, Int32(SHUT_RDWR)) }
    if case .unix(let path) = address { unlink(path) }
  }

  var connections: Int { state.withLock { $0.sockets.count } }
  var calls: Int { state.withLock { $0.calls } }
  /// Bytes of DATA that arrived on a stream of the last connection that used its number.
  func requestBytes(on stream: UInt32) -> Int { state.withLock { $0.requestBytes[stream] ?? 0 } }
  func frames(ofType type: UInt8) -> Int { state.withLock { $0.frames.count { $0 == type } } }

  /// Says more on a connection, outside the script.
  func say(_ steps: [Step], on connection: Int) { carryOut(steps, state.withLock { $0.sockets[connection] }) }

  private func acceptAll() {
    while true {
      let socket = accept(listening.fd, nil, nil)
      if socket < 0 && (errno == EINTR || errno == ECONNABORTED) { continue }
      if socket < 0 { return }
      let number = state.withLock {
        $0.sockets.append(socket)
        return $0.sockets.count - 1
      }
      Thread.detachNewThread { self.serve(socket, number) }
    }
  }

  private func serve(_ socket: Int32, _ number: Int) {
    carryOut(greeting(number), socket)
    guard read(socket, 24) != nil else { return }
    while let head = read(socket, 9) {
      let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      guard let payload = read(socket, length) else { return }
      let stream = head[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      took(type: head[3], flags: head[4], stream, payload, socket, number)
    }
  }

  private func took(
    type: UInt8, flags: UInt8, _ stream: UInt32, _ payload: [UInt8], _ socket: Int32, _ connection: Int
  ) {
    state.withLock { $0.frames.append(type) }
    // Who has not greeted says nothing else.
    if type == 4 && flags & 1 == 0 && !greeting(connection).isEmpty {
      carryOut([.frame(type: 4, flags: 1, stream: 0, [])], socket)
    }
    if type == 6 && flags & 1 == 0 && answersPings {
      carryOut([.frame(type: 6, flags: 1, stream: 0, payload)], socket)
    }
    if type == 0 { state.withLock { $0.requestBytes[stream, default: 0] += payload.count } }
    if type == 1 {
      let call = state.withLock {
        $0.calls += 1
        $0.requestBytes[stream] = 0
        return $0.calls - 1
      }
      carryOut(script(Event(kind: .began, connection: connection, stream: stream, call: call)), socket)
    }
    if type <= 1 && flags & 1 != 0 {
      let call = state.withLock { $0.calls - 1 }
      carryOut(script(Event(kind: .ended, connection: connection, stream: stream, call: call)), socket)
    }
  }

  private func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < count {
      let taken = recv(socket, &buffer, min(buffer.count, count - bytes.count), 0)
      if taken <= 0 { return nil }
      bytes += buffer[..<taken]
    }
    return bytes
  }

  private func carryOut(_ steps: [Step], _ socket: Int32) {
    for step in steps {
      switch step {
      case .send(let bytes): _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      case .close: shutdown(socket, Int32(SHUT_RDWR))
      }
    }
  }
}

extension ScriptedServer.Step {
  static func frame(type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> Self {
    let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: payload.count >> $0) }
    return .send(length + [type, flags] + number(stream) + payload)
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func settings(_ entries: [(id: UInt8, value: UInt32)]) -> Self {
    var payload: [UInt8] = []
    for entry in entries { payload += [0, entry.id] + number(entry.value) }
    return frame(type: 4, flags: 0, stream: 0, payload)
  }

  /// A header block, each field written out.
  static func headers(_ stream: UInt32, _ fields: [(String, String)], ends: Bool = false) -> Self {
    var block: [UInt8] = []
    for (name, value) in fields { block += [0] + written(name) + written(value) }
    return frame(type: 1, flags: ends ? 5 : 4, stream: stream, block)
  }

  /// HPACK's string: its length with a prefix of 7 bits, then its bytes.
  private static func written(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    if bytes.count < 127 { return [UInt8(bytes.count)] + bytes }
    var length: [UInt8] = [127]
    var rest = bytes.count - 127
    while rest >= 128 {
      length.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return length + [UInt8(rest)] + bytes
  }

  static func data(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = false) -> Self {
    frame(type: 0, flags: ends ? 1 : 0, stream: stream, bytes)
  }

  static func reset(_ stream: UInt32, _ code: UInt32) -> Self {
    frame(type: 3, flags: 0, stream: stream, number(code))
  }

  static func goAway(last: UInt32, code: UInt32 = 0, _ reason: String = "") -> Self {
    frame(type: 7, flags: 0, stream: 0, number(last) + number(code) + Array(reason.utf8))
  }

  // MARK: What gRPC makes of them

  static let answerFields = [(":status", "200"), ("content-type", "application/grpc")]

  /// The leading headers of an answer.
  static func begin(_ stream: UInt32, _ more: [(String, String)] = []) -> Self { headers(stream, answerFields + more) }

  /// A message of the answer, with its prefix.
  static func message(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = false) -> Self {
    data(stream, [0] + number(UInt32(bytes.count)) + bytes, ends: ends)
  }

  static func trailers(_ stream: UInt32, status: String, _ more: [(String, String)] = []) -> Self {
    headers(stream, [("grpc-status", status)] + more, ends: true)
  }

  /// An answer of one header block.
  static func only(_ stream: UInt32, status: String, _ more: [(String, String)] = []) -> Self {
    headers(stream, answerFields + [("grpc-status", status)] + more, ends: true)
  }

  /// An answer with one empty message.
  static func wellDone(_ stream: UInt32) -> [Self] {
    [.begin(stream), .message(stream, []), .trailers(stream, status: "0")]
  }
}
