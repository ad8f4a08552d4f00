import FoundationEssentials
import Logging
import Platform
import Sealing

/// A destination outside of the database for the heads of the audit log.
protocol AuditHeadsTarget: Sendable {
  /// The name in the log.
  var name: String { get }

  /// Keeps a record there. Returns once it is safe.
  func send(_ heads: AuditHeads, _ keys: AuditKeys) async throws
}

/// The server's own log, which a log collector stores elsewhere.
struct AuditHeadsLog: AuditHeadsTarget {
  let name = "log"
  private let log = Logger(label: "fastshop.audit")

  func send(_ heads: AuditHeads, _ keys: AuditKeys) {
    log.notice("audit heads", metadata: ["heads": "\(heads.text(signedBy: keys))"])
  }
}

/// A file of JSON lines. Each record names the record before it, so a removed line is detected.
struct AuditHeadsFile: AuditHeadsTarget {
  private struct Line: Codable {
    let time: String
    let node: String
    let heads: String
  }

  let name: String
  private let file: LineFile
  private let node: String

  init(path: String, node: String) {
    name = path
    file = LineFile(path: path)
    self.node = node
  }

  func send(_ heads: AuditHeads, _ keys: AuditKeys) async throws {
    let (file, node) = (file, node)
    try await Task.detached {
      try file.append { last in
        var next = heads
        next.previous = last.flatMap { Self.record(in: $0, keys)?.digest }
        return Self.line(next, keys, node)
      }
    }.value
  }

  private static func record(in line: String, _ keys: AuditKeys) -> AuditHeads? {
    line.firstRange(of: AuditHeads.prefix).flatMap { start in
      AuditHeads(line[start.lowerBound...].prefix(AuditHeads.prefix.count + AuditHeads.textBytes), signedBy: keys)
    }
  }

  private static func line(_ heads: AuditHeads, _ keys: AuditKeys, _ node: String) -> String {
    let time = Date(timeIntervalSince1970: Double(heads.time.seconds)).formatted(.iso8601)
    let line = Line(time: time, node: node, heads: heads.text(signedBy: keys))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? line.heads
  }
}
