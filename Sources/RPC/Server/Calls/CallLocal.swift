/// A key for a value that travels with a call: an interceptor sets it, later interceptors and the handler read it.
///
/// Keep one as a static constant; two keys never mean the same value.
public final class CallLocal<Value: Sendable>: Sendable {
  /// A new key.
  public init() {}
}

/// The values of one call. A handful at most, so a list is searched faster than a table.
struct CallValues {
  private var entries: [(key: ObjectIdentifier, value: any Sendable)] = []

  subscript<Value: Sendable>(_ key: CallLocal<Value>) -> Value? {
    get {
      let id = ObjectIdentifier(key)
      guard let entry = entries.first(where: { $0.key == id }) else { return nil }
      let value: Value = Self.known(entry.value)  // not an optional one, which may be of another size
      return value
    }
    set {
      let id = ObjectIdentifier(key)
      entries.removeAll { $0.key == id }
      if let newValue { entries.append((id, newValue)) }
    }
  }

  /// The value as what it is: only the key could have stored it. `as?`, which would look up the types, costs a call
  /// more than its authentication.
  private static func known<Stored: Sendable, Value>(_ value: Stored) -> Value { unsafeBitCast(value, to: Value.self) }

  mutating func removeAll() { if !entries.isEmpty { entries.removeAll(keepingCapacity: true) } }
}
