/// A server's response with any status.
public struct HTTPClientResponse: Sendable {
  /// The status, such as 200.
  public let status: Int
  /// The header's fields in order; of the last answer where redirections were followed.
  public let headers: [HTTPField]
  /// The whole body.
  public let body: [UInt8]

  /// The first value of a field, without regard to case.
  public subscript(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name.lowercased() == name }?.value
  }
}
