internal import Protobuf

/// The wire format of a call's messages, headers and end, where it differs from gRPC's own.
///
/// A dialect converts requests to gRPC's frames as they arrive, so the rest of the server does not tell them apart. It
/// writes responses in the caller's format. A call of gRPC itself has no dialect.
class Dialect {
  /// The end of a call in the caller's format.
  struct Ending: Equatable {
    /// The headers, if they are to go now.
    var head: HTTPResponseHead?
    /// Whether the messages that wait to go are dropped.
    var dropsMessages = false
    /// Bytes behind the messages.
    var tail: [UInt8] = []
  }

  /// What the caller sent, and what it gets.
  final let contentType: WebContentType
  /// How messages stand on the wire.
  final let codec: MessageCodec
  /// Header fields of every answer beside the call's own: those of CORS.
  final let fields: Metadata

  init(_ contentType: WebContentType, codec: MessageCodec, fields: Metadata = [:]) {
    self.contentType = contentType
    self.codec = codec
    self.fields = fields
  }

  /// Whether events that were encoded as gRPC's frames have to be written anew.
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

  /// The field that says how messages are compressed, if not the body as a whole.
  var encodingField: String { "grpc-encoding" }

  /// The leading headers, before the first message.
  final func head(_ headers: Metadata, _ compression: Compression) -> HTTPResponseHead {
    var head = HTTPResponseHead(status: 200, contentType: contentType.text)
    if compression != .identity { head.fields.addAsIs(encodingField, compression.name) }
    head.fields.append(fields)
    head.fields.append(headers)
    return head
  }

  /// Turns a frame of gRPC's, which stands in `outgoing` behind the first `kept` bytes, into what goes over the wire.
  func framed(from kept: Int, of outgoing: inout ByteBuffer) {}

  /// How the call ends.
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
  /// How responses are compressed, if they are.
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
