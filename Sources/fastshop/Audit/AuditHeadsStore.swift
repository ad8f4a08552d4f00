import EventLoop
import Files
import FoundationEssentials
import HTTPClient
import Platform

/// Stores the heads of the audit log in an object store in which objects cannot be changed or deleted, one object for
/// each record.
struct AuditHeadsStore: AuditHeadsTarget {
  private static let prefix = "audit-heads/"
  private static let secondsPerDay = 86_400.0

  let name: String
  private let store: ObjectStore
  private let node: String

  init(_ settings: ObjectStoreSettings, node: String, on loop: EventLoop) {
    name = settings.bucket.url
    store = ObjectStore(settings: settings, client: HTTPClient(on: loop))
    self.node = String(node.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
  }

  func send(_ heads: AuditHeads, _ keys: AuditKeys) async throws {
    let now = Date()
    let end = now.addingTimeInterval(Double(store.settings.retentionDays) * Self.secondsPerDay)
    let time = Date(timeIntervalSince1970: Double(heads.time.seconds)).formatted(.iso8601).replacing(":", with: "")
    let body = Array((heads.text(signedBy: keys) + "\n").utf8)
    // No name comes twice: an object that is put again hides the one before.
    let name = "\(Self.prefix)\(time)-\(node)-\(heads.time.microseconds)"
    try await store.put(name, body, at: now, keptUntil: end)
  }

  /// Takes every record of the store.
  func read(into noted: inout RecordedHeads, since: Instant?, _ keys: AuditKeys) async throws {
    var last = ""
    while true {
      let names = try await store.names(Self.prefix, after: last, at: Date())
      guard let end = names.last, end > last else { return }
      for (number, name) in names.enumerated() {
        let text = String(decoding: try await store.get(name, at: Date()), as: UTF8.self)
        noted.add(line: text[...], number: number + 1, since: since, keys)
      }
      last = end
    }
  }
}
