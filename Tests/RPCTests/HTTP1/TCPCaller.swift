import Glibc
import Testing

@testable import RPC

/// A plain TCP connection to a server, from an address of its own choice, that says whatever it is told to.
final class TCPCaller {
  static let answerMs: Int32 = 20_000
  private let fd: Int32

  /// Connects from `source`; every address of `127.0.0.0/8` is this machine's.
  init(_ server: ListenAddress, from source: String = "127.0.0.1") throws {
    var own = try #require(SocketAddress(host: source, port: 0))
    var other = try #require(SocketAddress(server))
    fd = own.makeSocket()
    _ = fcntl(fd, F_SETFL, 0)
    try #require(own.withPointer { bind(fd, $0, $1) } == 0)
    try #require(other.withPointer { connect(fd, $0, $1) } == 0)
  }

  deinit { close(fd) }

  /// Sends nothing more, and reads nothing.
  func leave() { shutdown(fd, Int32(SHUT_RDWR)) }

  func send(_ text: String) { _ = text.withCString { Glibc.send(fd, $0, strlen($0), Int32(MSG_NOSIGNAL)) } }

  /// What the server says, up to `end` or its last word, or until it has said nothing for `silenceMs`.
  func receive(until end: String = "\r\n\r\n", silenceMs: Int32 = answerMs) -> String {
    var answer: [UInt8] = []
    var watched = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    var piece = [UInt8](repeating: 0, count: 65_536)
    while !String(decoding: answer, as: UTF8.self).contains(end), poll(&watched, 1, silenceMs) > 0 {
      let count = recv(fd, &piece, piece.count, 0)
      if count <= 0 { break }
      answer += piece[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// Whether the server has closed the connection by now.
  var isClosed: Bool {
    var byte: UInt8 = 0
    let count = recv(fd, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    return count == 0 || (count < 0 && errno != EAGAIN)
  }

  /// The status and the body of a route, asked on this connection.
  func get(_ path: String) -> String {
    send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    return String(receive(until: "fine\n").split(separator: "\r\n").first ?? "")
  }

  /// Calls Echo as JSON; `id` says what the handler does.
  func beginEcho(_ id: String, fields: String = "") {
    let body = "{\"id\":\"\(id)\"}"
    send("\(Self.echo)\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  /// Begins to call Echo, and never sends the rest of the request.
  func beginUnfinishedEcho(fields: String = "") { send("\(Self.echo)\(fields)Content-Length: 100\r\n\r\n{") }

  private static let echo = "POST /bench.v1.Bench/Echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
}
