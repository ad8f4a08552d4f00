/// A field of an HTTP request or response.
public struct HTTPField: Sendable, Equatable {
  /// The name as it was written; names are compared without regard to case.
  public let name: String
  /// The value, without white space around it.
  public let value: String

  /// A field.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Whether it can be sent: a name that is a token, and nothing in the value that would end its line.
  public var isWellFormed: Bool {
    HTTPClientRequest.isToken(name) && value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
  }
}

/// A transfer has stalled when it moves fewer bytes than this for so long.
public struct HTTPStallLimit: Sendable, Equatable {
  /// The least speed that counts, in bytes a second.
  public let bytesPerSecondMin: Int
  /// For how many seconds a transfer may be slower.
  public let seconds: Int

  /// A limit.
  public init(bytesPerSecondMin: Int, seconds: Int) {
    (self.bytesPerSecondMin, self.seconds) = (bytesPerSecondMin, seconds)
  }
}

/// A request to a server.
public struct HTTPClientRequest: Sendable {
  /// Such as `GET` or `POST`.
  public var method: String
  /// An absolute `http` or `https` URL.
  public var url: String
  /// Fields besides those that HTTP itself requires.
  public var headers: [HTTPField]
  /// The body.
  public var body: [UInt8]
  /// A body that is sent piece by piece instead, with `PUT`.
  public var upload: HTTPUpload?
  /// The timeout of everything: name look-up, connecting, sending and receiving.
  public var timeout: Duration = .seconds(30)
  /// When a transfer that has almost stopped is broken off, long before ``timeout``; nil for never.
  public var stallLimit: HTTPStallLimit?
  /// Bytes of the response's body that are accepted.
  public var responseBytesMax = 4 * 1024 * 1024
  /// Bytes of the response's header that are accepted.
  public var responseHeaderBytesMax = 64 * 1024
  /// Redirections that are followed. None, unless the caller trusts the server to say where to go next.
  public var redirectsMax = 0

  /// A request with the usual limits.
  public init(_ method: String = "GET", _ url: String, headers: [HTTPField] = [], body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }

  /// The error of an invalid field, which could inject a line; nil for a valid request.
  var fault: String? {
    let scheme = url.lowercased()
    guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://") else { return "the URL is not http or https" }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return "the URL holds white space" }
    guard Self.isToken(method) else { return "the method is no token" }
    if let upload, method != "PUT" || !body.isEmpty || upload.length < 0 { return "an upload is the body of a PUT" }
    return headers.allSatisfy(\.isWellFormed) ? nil : "a header's name or value would break out of its line"
  }

  /// Source: RFC 9110, section 5.6.2.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }
}
