import Foundation
import Testing

@testable import RPC

@Suite struct CallActivityTests {
  private static let methods = ["/a.A/One", "/a.A/Two"]

  /// A file that stands for memory which two processes share.
  private static func file(bytes: Int) throws -> FileHandle {
    let path = FileManager.default.temporaryDirectory.appending(path: "fastshop-\(UUID().uuidString)").path
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    unlink(path)
    try handle.truncate(atOffset: UInt64(bytes))
    return handle
  }

  private static func bytes(_ handle: FileHandle) throws -> [UInt8] {
    try handle.seek(toOffset: 0)
    return [UInt8](try handle.readToEnd() ?? Data())
  }

  @Test func `what a loop is at is read from its memory`() throws {
    let file = try Self.file(bytes: 1 << 16)
    let activity = CallActivity(loops: 2, methods: Self.methods, memory: file.fileDescriptor)
    let (first, second) = (activity.ofLoop(0), activity.ofLoop(1))
    first.began(0)
    first.began(1)
    first.began(1)
    first.ended(0)
    second.began(-1)
    let report = try #require(CallActivityReport(try Self.bytes(file)))
    #expect(
      report.loops == [
        .init(index: 0, last: "/a.A/Two", inFlight: [.init(method: "/a.A/Two", count: 2)]),
        .init(index: 1, last: nil, inFlight: [.init(method: "no method", count: 1)]),
      ])
    withExtendedLifetime(activity) {}
  }

  @Test func `turns that take too long are logged, not every one, and none is forgotten`() {
    var pace = LongTurnPace()
    #expect(pace.line(60, now: 1_000) == .init(longestNs: 60, count: 1))
    for ns in [70, 90, 80] { #expect(pace.line(ns, now: 2_000) == nil) }
    #expect(pace.line(75, now: 1_000 + LongTurnPace.pauseNs) == .init(longestNs: 90, count: 4))
    #expect(pace.line(75, now: 1_001 + LongTurnPace.pauseNs) == nil)
  }

  @Test func `memory that is too small is left alone, and the loops count elsewhere`() throws {
    let file = try Self.file(bytes: 64)
    let activity = CallActivity(loops: 2, methods: Self.methods, memory: file.fileDescriptor)
    activity.ofLoop(1).began(1)
    activity.ofLoop(1).ended(1)
    #expect(try Self.bytes(file) == [UInt8](repeating: 0, count: 64))
    withExtendedLifetime(activity) {}
  }

  @Test func `what is no report, or half of one, is none, whatever it claims`() throws {
    let file = try Self.file(bytes: 1 << 12)
    let activity = CallActivity(loops: 1, methods: Self.methods, memory: file.fileDescriptor)
    activity.ofLoop(0).began(1)
    let good = try Self.bytes(file)
    withExtendedLifetime(activity) {}
    for count in [0, 3, 15, 16, 64, 200] { #expect(CallActivityReport(Array(good.prefix(count))) == nil) }
    for byte in 0..<320 {
      for value in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
        var bad = good
        bad[byte] = value
        _ = CallActivityReport(bad)
      }
    }
  }
}

@Suite struct AdoptedSocketTests {
  private static let any = ListenAddress.tcp(host: "127.0.0.1", port: 0)

  @Test func `a socket is adopted for the address at which it is`() throws {
    let opened = try ListeningSocket(on: .clearText(Self.any), sharesPort: false)
    defer { opened.closeAndRemove() }
    #expect(try ListeningSocket(adopting: opened.fd, for: Self.any).bound == opened.bound)
    #expect(try ListeningSocket(adopting: opened.fd, for: opened.bound).bound == opened.bound)
    for other in [.tcp(host: "127.0.0.1", port: 1), .tcp(host: "::1", port: 0), .unix(path: "/run/a")]
      as [ListenAddress]
    {
      #expect(throws: ListenError.self) { try ListeningSocket(adopting: opened.fd, for: other) }
    }
  }

  @Test func `what is no such socket is refused`() throws {
    let file = try #require(FileHandle(forReadingAtPath: "/dev/null"))
    for fd in [-1, 0, 2, file.fileDescriptor, 1 << 20] {
      #expect(throws: ListenError.self) { try ListeningSocket(adopting: fd, for: Self.any) }
    }
  }

  @Test func `callers are refused until somebody listens`() throws {
    let opened = try ListeningSocket(on: .clearText(Self.any), sharesPort: false)
    defer { opened.closeAndRemove() }
    func isAnswered() throws -> Bool {
      let fd = try opened.bound.connect()
      defer { close(fd) }
      var state = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
      return poll(&state, 1, 5000) == 1 && state.revents & Int16(POLLERR | POLLHUP) == 0
    }
    #expect((try? isAnswered()) != true)
    try opened.listen()
    #expect(try isAnswered())
  }
}
