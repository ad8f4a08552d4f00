import RPC

/// Reports a failed call on the command line.
enum CallReport {
  /// Exit codes of failed calls begin above this, as with other gRPC tools: NOT_FOUND (5) is 69.
  static let exitCodeBase: Int32 = 64

  static func exitCode(_ error: RPCError) -> Int32 { exitCodeBase + error.code.rawValue }

  /// The status's name, its sentence, and every detail on lines of its own.
  static func text(_ error: RPCError) -> String {
    let headline = error.message.isEmpty ? error.code.name : "\(error.code.name): \(error.message)"
    return ([headline] + error.details.flatMap(lines).map { "  \($0)" }).joined(separator: "\n")
  }

  private static func lines(_ detail: ErrorDetail) -> [String] {
    switch detail {
    case .badRequest(let violations): violations.map { "\($0.field): \($0.description)" }
    case .resourceInfo(let type, let name, let description):
      ["\(type) \"\(name)\"" + (description.isEmpty ? "" : ": \(description)")]
    case .retryInfo(let delay): ["try again in \(delay)"]
    case .errorInfo(let reason, let domain, let metadata):
      ["\(reason) (\(domain))"] + metadata.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
    case .preconditionFailure(let violations): violations.map { "\($0.type) \($0.subject): \($0.description)" }
    case .quotaFailure(let violations): violations.map { "\($0.subject): \($0.description)" }
    }
  }
}
