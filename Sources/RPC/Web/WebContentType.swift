/// The protocol that a content type names, apart from gRPC over HTTP/2.
enum WebContentType: Equatable, Sendable {
  /// gRPC-Web: gRPC's frames, with the trailers as a last frame of the body.
  /// Source: `grpc/doc/PROTOCOL-WEB.md`.
  case grpcWeb(isText: Bool)
  /// Connect's unary calls: the message is the body. Source: connectrpc.com/docs/protocol.
  case connectUnary(MessageCodec)
  /// Connect's streams: messages in envelopes.
  case connectStream(MessageCodec)
  /// gRPC itself, which needs HTTP/2.
  case grpc

  /// The protocol of a `content-type`; nil for other types. Parameters are ignored, except a charset that JSON cannot
  /// have (RFC 8259, section 8.1).
  init?(_ text: String) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmingBlanks)
    let type = parts[0].lowercased()
    if type.hasSuffix("json"), !parts.dropFirst().allSatisfy(Self.isNoOtherCharset) { return nil }
    switch type {
    case "application/grpc", "application/grpc+proto": self = .grpc
    case "application/grpc-web", "application/grpc-web+proto": self = .grpcWeb(isText: false)
    case "application/grpc-web-text", "application/grpc-web-text+proto": self = .grpcWeb(isText: true)
    case "application/json": self = .connectUnary(.json)
    case "application/proto": self = .connectUnary(.proto)
    case "application/connect+json": self = .connectStream(.json)
    case "application/connect+proto": self = .connectStream(.proto)
    default: return nil
    }
  }

  private static func isNoOtherCharset(_ parameter: Substring) -> Bool {
    let pair = parameter.lowercased().split(separator: "=", maxSplits: 1)
    guard pair.count == 2, pair[0] == "charset" else { return true }
    return ["utf-8", "\"utf-8\"", "utf8", "us-ascii"].contains(pair[1])
  }

  /// The form in responses.
  var text: String {
    switch self {
    case .grpc: "application/grpc"
    case .grpcWeb(isText: false): "application/grpc-web+proto"
    case .grpcWeb(isText: true): "application/grpc-web-text+proto"
    case .connectUnary(let codec): "application/\(codec.rawValue)"
    case .connectStream(let codec): "application/connect+\(codec.rawValue)"
    }
  }

  /// The content types for a method of this kind, for `accept-post`.
  static func accepted(for kind: MethodKind) -> [WebContentType] {
    let connect: [WebContentType] =
      kind == .unary
      ? [.connectUnary(.json), .connectUnary(.proto)] : [.connectStream(.json), .connectStream(.proto)]
    return [.grpc, .grpcWeb(isText: false), .grpcWeb(isText: true)] + connect
  }

  /// Whether a method of this kind may be called so.
  func suits(_ kind: MethodKind) -> Bool {
    switch self {
    case .grpc, .grpcWeb: true
    case .connectUnary: kind == .unary
    case .connectStream: kind != .unary
    }
  }
}

/// The encoding of messages.
enum MessageCodec: String, Sendable {
  /// Protobuf's binary form.
  case proto
  /// The proto3 JSON form.
  case json
}

extension StringProtocol {
  /// Without blanks at both ends.
  package var trimmingBlanks: SubSequence {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
      return prefix(0)
    }
    return self[first...last]
  }
}
