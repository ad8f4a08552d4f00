import Foundation
import HTTPClient

/// A mail server that does what the recipient's address says, as long as this lives.
final class ScriptedMailServer {
  /// A mail that it took.
  struct Mail: Decodable, Equatable {
    let hello: String
    let from: String
    let to: [String]
    let connection: Int
    let content: String
  }

  let port: Int
  private let process = Process()
  private let (input, output) = (Pipe(), Pipe())

  init(password: String? = nil) throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "scripted_smtp.py")
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script.path] + (password.map { [$0] } ?? [])
    process.standardOutput = output
    process.standardInput = input
    try process.run()
    guard let port = Int(try Self.line(of: output)) else { throw Ended() }
    self.port = port
  }

  private static func line(of output: Pipe) throws -> String {
    var line: [UInt8] = []
    while line.last != 0x0A {
      guard let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty else { throw Ended() }
      line += more
    }
    return String(decoding: line.dropLast(), as: UTF8.self)
  }

  /// Waits until it is asked for what it keeps silent about.
  func waitUntilSilent() throws { guard try Self.line(of: output) == "silent" else { throw Ended() } }

  /// Ends it.
  /// - Returns: the mails that it took.
  func stop() throws -> [Mail] {
    try input.fileHandleForWriting.close()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try JSONDecoder().decode([Mail].self, from: data.split(separator: 0x0A).last ?? Data())
  }

  /// A client of it, in clear text.
  func client(
    _ security: SMTPConfiguration.Security = .none, user: String? = nil, password: String? = nil,
    _ change: (inout SMTPConfiguration) -> Void = { _ in }
  ) -> SMTPClient {
    var configuration = SMTPConfiguration(
      host: "127.0.0.1", port: port, security: security, user: user, password: password)
    configuration.helloName = "shop.example"
    change(&configuration)
    return SMTPClient(configuration)
  }
}
