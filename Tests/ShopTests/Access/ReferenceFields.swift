import Protobuf
import RPC

/// Which fields of a request look as if they named a thing: found in the descriptors, so that a new one is noticed.
enum ReferenceFields {
  private static let names: Set<String> = [
    "id", "ids", "email", "name", "slug", "token", "role", "provider", "service", "subject", "state",
  ]
  private static let endings = ["_id", "_ids", "_email", "_name", "_slug", "_token", "_code", "_role"]
  /// These are of every request, every list and every address.
  private static let others: Set<String> = ["request_id", "page_token", "postal_code"]

  /// Their paths, such as `address.id`.
  static func of(_ message: MessageDescriptor, _ path: String = "") -> Set<String> {
    var found: Set<String> = []
    for field in message.fields {
      if let nested = field.message {
        // Descriptors have no cycles: a rule of the repository forbids them.
        found.formUnion(of(nested, path + field.name + "."))
      } else if looksLikeName(field) {
        found.insert(path + field.name)
      }
    }
    return found
  }

  private static func looksLikeName(_ field: FieldDescriptor) -> Bool {
    let isScalar = field.type == .string || field.type == .bytes || field.type == .int64 || field.type == .uint64
    guard isScalar, !others.contains(field.name) else { return false }
    return names.contains(field.name) || endings.contains(where: field.name.hasSuffix)
  }
}
