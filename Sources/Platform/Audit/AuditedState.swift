internal import Sealing

/// The state of a resource in an entry of the audit log.
enum AuditedState {
  /// Bytes of a state: the same as in the constraint of the table.
  static let bytesMax = 65_536

  /// The state, which is JSON. One that is larger than the log takes becomes its size and its SHA-256, by which a copy
  /// that somebody shows can be recognized.
  static func bounded(_ json: String) -> String {
    let count = json.utf8.count
    guard count > bytesMax else { return json }
    let digits = Digest.sha256(Array(json.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return "{\"omitted\":{\"sizeBytes\":\(count),\"sha256\":\"\(digits)\"}}"
  }
}
