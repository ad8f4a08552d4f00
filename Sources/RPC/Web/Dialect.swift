internal import Protobuf

/// The wire format of a call's messages, headers and end, where it differs from gRPC's own.
///
/// A dialect converts requests to gRPC's frames as they arrive, so the rest of the server does not tell them apart. It
/// writes responses in the caller's format. A call of gRPC itself has no dialect.
class Dialect {
  /// The end of a call in the caller's format.
  struct Ending: Equatable {
    /// The headers, if they are to be sent now.
    var head: HTTPResponseHead?
    /// Whether the messages that wait to go are dropped.
    var dropsMessages = false
    /// Bytes after the messages.
    var tail: [UInt8] = []
  }

  /// The content type of the request and of the response.
  final let contentType: WebContentType
  /// The encoding of messages.
  final let codec: MessageCodec
  /// Additional header fields of every response: those of CORS.
  final let fields: Metadata

  init(_ contentType: WebContentType, codec: MessageCodec, fields: Metadata = [:]) {
    self.contentType = contentType
    self.codec = codec
    self.fields = fields
  }

  /// Whether events that were encoded as gRPC frames must be translated.
  var translatesEvents: Bool { codec == .json }
  /// Whether the body is one whole thing instead of gRPC's frames.
  var isBodyWhole: Bool { false }

  // MARK: The request

  /// The headers have arrived.
  func begin(_ incoming: inout ByteBuffer) {}
  /// `count` bytes were added to `incoming`.
  func arrived(_ count: Int, in incoming: inout ByteBuffer) throws(RPCError) {}
  /// Everything has arrived.
  func ended(_ incoming: inout ByteBuffer) throws(RPCError) {}
  /// Checks the flags of the message that is taken next.
  func check(flags: UInt8) throws(RPCError) {
    if flags > 1 { throw RPCError(.internal, "the message has unknown flags: \(flags)") }
  }

  // MARK: The answer

  /// Whether the headers wait for the end of the call.
  var holdsHeaders: Bool { false }

  /// The field with the compression of messages, where the body as a whole is not compressed.
  var encodingField: String { "grpc-encoding" }

  /// The leading headers, before the first message.
  final func head(_ headers: Metadata, _ compression: Compression) -> HTTPResponseHead {
    var head = HTTPResponseHead(status: 200, contentType: contentType.text)
    if compression != .identity { head.fields.addAsIs(encodingField, compression.name) }
    head.fields.append(fields)
    head.fields.append(headers)
    return head
  }

  /// Translates a gRPC frame, which is in `outgoing` after the first `kept` bytes, into the dialect.
  func framed(from kept: Int, of outgoing: inout ByteBuffer) {}

  /// The end of the response.
  func ending(_ end: CallEnd) -> Ending { Ending() }
}

/// The end of a call, before a dialect formats it.
struct CallEnd {
  /// Nil when it ended well.
  var error: RPCError?
  var headers = Metadata()
  var trailers = Metadata()
  /// Whether the headers have gone.
  var headersSent = false
  /// The compression of responses.
  var compression = Compression.identity
  /// Bytes of messages that have not gone.
  var bodyCount = 0
  /// Whether the answer may depend on who called, because they showed it.
  var isPersonal = false
}

/// The status and the header fields of an HTTP response.
struct HTTPResponseHead: Equatable {
  var status: Int
  var fields = Metadata()

  init(status: Int, contentType: String? = nil) {
    self.status = status
    if let contentType { fields.addAsIs("content-type", contentType) }
  }
}

extension Metadata {
  /// Appends all pairs of another.
  mutating func append(_ other: Metadata) {
    for entry in other.entries { addAsIs(entry.key, entry.value, isFleeting: entry.isFleeting) }
  }
}
