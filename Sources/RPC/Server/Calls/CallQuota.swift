/// The rest of a caller's quota. Each response carries it in the fields of the IETF's draft "RateLimit header fields
/// for HTTP" (draft-ietf-httpapi-ratelimit-headers, version 3).
public struct CallQuota: Sendable, Equatable {
  /// The fields that tell it.
  public static let names = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]

  /// The quota.
  public let limit: Int64
  /// The rest of the quota.
  public let remaining: Int64
  /// Seconds until all of it has come back.
  public let resetSeconds: Int64

  /// A quota of which so much is left.
  public init(limit: Int64, remaining: Int64, resetSeconds: Int64) {
    self.limit = limit
    self.remaining = remaining
    self.resetSeconds = resetSeconds
  }

  /// The quota as metadata.
  var fields: Metadata {
    var fields = Metadata()
    for (name, value) in zip(Self.names, [limit, remaining, resetSeconds]) {
      fields.addAsIs(name, String(value), isFleeting: name != Self.names[0])
    }
    return fields
  }
}
