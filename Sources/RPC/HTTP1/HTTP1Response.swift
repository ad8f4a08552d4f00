internal import CNGHTTP2
internal import Glibc

/// The head of an HTTP/1.1 response, and the framing of its body.
struct HTTP1Response {
  /// How the client finds the end of the body.
  enum Framing {
    /// There is no body.
    case none
    /// By `content-length`.
    case counted
    /// By chunks.
    case chunked
    /// By the end of the connection: HTTP/1.0.
    case untilClosed
  }

  let framing: Framing
  private static let reasons: [Int: StaticString] = [
    100: "Continue", 200: "OK", 204: "No Content", 206: "Partial Content", 304: "Not Modified", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    409: "Conflict", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
    416: "Range Not Satisfiable", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    499: "Client Closed Request", 500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported",
  ]

  /// Writes the head to `out`. `fields` begin with `:status`.
  init(
    _ fields: HeaderFields, to request: HTTP1Parser.Head, endsStream: Bool, keepsAlive: Bool, out: inout ByteBuffer
  ) {
    var status = 200
    var hasLength = false
    for field in fields where field.name.pointee == UInt8(ascii: ":") { status = Self.number(field) }
    out.append("HTTP/1.1 \(status) \(Self.reasons[status] ?? "Other")\r\n")
    for field in fields where field.name.pointee != UInt8(ascii: ":") {
      if Self.isLength(field) { hasLength = true }
      out.append(UnsafeRawPointer(field.name.unsafelyUnwrapped), field.namelen)
      out.append(": ")
      if field.valuelen > 0 { out.append(UnsafeRawPointer(field.value.unsafelyUnwrapped), field.valuelen) }
      out.append("\r\n")
    }
    if status == 204 || status == 304 || status < 200 || request.isHeadOnly {
      framing = .none
    } else if hasLength {
      framing = .counted
    } else if endsStream {
      framing = .none
      out.append("content-length: 0\r\n")
    } else if request.isVersion10 {
      framing = .untilClosed
    } else {
      framing = .chunked
      out.append("transfer-encoding: chunked\r\n")
    }
    out.append("date: \(HTTPDate.now())\r\n")
    if !keepsAlive || framing == .untilClosed {
      out.append("connection: close\r\n")
    } else if request.isVersion10 {
      out.append("connection: keep-alive\r\n")
    }
    out.append("\r\n")
  }

  /// A whole answer in the server's own words, after which the connection ends.
  static func refusal(_ refusal: HTTP1Refusal, out: inout ByteBuffer) {
    let status = refusal.rawValue
    let reason = reasons[status] ?? "Other"
    let body = "\(reason)\n"
    out.append(
      "HTTP/1.1 \(status) \(reason)\r\ncontent-type: text/plain; charset=utf-8\r\n"
        + "content-length: \(body.utf8.count)\r\ndate: \(HTTPDate.now())\r\nconnection: close\r\n\r\n\(body)")
  }

  private static func number(_ field: nghttp2_nv) -> Int {
    UnsafeBufferPointer(start: field.value, count: field.valuelen).reduce(0) { $0 * 10 + Int($1 &- 0x30) }
  }

  private static func isLength(_ field: nghttp2_nv) -> Bool {
    let name: StaticString = "content-length"
    return field.namelen == name.utf8CodeUnitCount && memcmp(field.name, name.utf8Start, field.namelen) == 0
  }
}

extension ByteBuffer {
  /// Appends a text's UTF-8.
  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      if let start = bytes.baseAddress { append(start, bytes.count) }
    }
  }
}
