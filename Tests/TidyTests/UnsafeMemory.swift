import Foundation

/// Which files may touch memory by hand: the runtime's seams to C and to memory itself, and nothing of the shop.
enum UnsafeMemory {
  /// Names of files, by a folder that they lie in or below.
  private static let allowedByFolder: [String: String] = [
    "Sources/EventLoop": """
    EventLoop JobRing LoopLocal LoopWait Poll Thread Timer TurnMemory
    """,
    "Sources/Credentials": """
    ForeignKeys PasswordHash SigningKey
    """,
    "Sources/HTTPClient": """
    CurlMulti CurlTransfer CurlUpload
    """,
    "Sources/Files": """
    Folders StagedFile
    """,
    "Sources/Images": """
    DecodedImage
    """,
    "Sources/HTTPClient/SMTP": """
    SMTPSession
    """,
    "Sources/Postgres": """
    ArrayText ColumnConversion ConnectTarget CopyWriter SegmentAnswers SimpleQueryExchange SimpleQuerySession
    EnumLabels JSONColumn Parameters Query RowCursor RowMapping RowPlan RowPlanBuilder ServerList
    ServerResult Statement ValueParsing ValueText LibpqConnection StatementCancel
    """,
    "Sources/Postgres/Embedded": """
    EmbeddedPostgres ServerDirectory
    """,
    "Sources/Processes": """
    ProgramStart
    """,
    "Sources/Protobuf": """
    Arena Bytes Chunk EncodeBuffer EncodedMessage Encoder FieldDescriptor FieldLayout FieldNames
    FieldValue GrowingElements MapField MapKeys Message MessageCopy MessageDescriptor MessageLayout MessageStorage
    TimeRangeCheck OutputText PointerList RepeatedField Text UTF8Check ValueSlot WireValidator
    """,
    "Sources/Protobuf/JSON": """
    JSONCursor JSONMessage JSONNumber JSONReader JSONScalarWriter JSONScalars JSONText
    JSONWellKnownReader JSONWellKnownWriter JSONWriter
    """,
    "Sources/Protobuf/TextFormat": """
    TextFormatReader TextFormatScalars TextFormatWriter
    """,
    "Sources/Protobuf/WellKnown": """
    AsciiScanner Base64 DurationText FieldMaskPath TimestampText
    """,
    "Sources/RateLimiter": """
    SlotMemory
    """,
    "Sources/RPC/Client": """
    ChannelState ClientAttempt ClientCall ClientCompression ClientConnection NameLookup ResponseHead
    """,
    "Sources/RPC/Compression": """
    Codecs Deflater Inflater
    """,
    "Sources/RPC/HTTP1": """
    ChunkRules FieldCheck HTTP1Response HTTP1Head HTTP1Parser HTTP1Session
    """,
    "Sources/RPC/HTTP2": """
    FloodGuard FrameScanner HTTP2Preface HTTP2Session HeaderBlock QuotaFields SessionCallbacks SessionMemory
    SessionOptions
    """,
    "Sources/RPC/Server": """
    Call CallActivity CallCompression CallLocal CallMessages RequestHead Router ServerConnection ServerGate
    Subscription PublishedEvent TopicRing
    """,
    "Sources/RPC/Status": """
    GRPCTimeout
    """,
    "Sources/RPC/Transport": """
    ByteBuffer Connection HTTPSession HTTPStream LoopBuffers MessagePrefix SocketAddress EndpointAddress
    """,
    "Sources/RPC/TLS": """
    ApplicationProtocols CiphertextQueue PeerCertificate SelfSignedPair TLSContext TLSDescription TLSSession
    TLSTransport
    """,
    "Sources/RPC/Web": """
    CallDialect TranslatedEvents
    """,
    "Sources/Sealing": """
    Cryptography
    """,
    "Sources/ProtoSchema": """
    DescriptorSet SchemaReader
    """,
    "Sources/UnicodeText": """
    DomainName NormalForm Transliteration
    """,
    "Sources/protoc-gen-fastshop": """
    ProtocGenFastshop StrippedRequest
    """,
  ]

  /// Folder and name of each file of the list; the file may lie in a folder below.
  static let allowed: [(folder: String, name: String)] = allowedByFolder.sorted { $0.key < $1.key }.flatMap {
    folder, names in
    names.split(whereSeparator: \.isWhitespace).map { (folder, "\($0).swift") }
  }

  static func isAllowed(in file: SourceFile) -> Bool {
    allowed.contains { file.name == $0.name && file.isUnder($0.folder) }
  }

  // Simple boundaries: by Unicode's, `a.withUnsafeBytes` is one word.
  private static var touch: Regex<(Substring, Substring?)> {
    #/\bUnsafe\w*(Pointer|Span)|\bOpaquePointer\b|\bUnmanaged\b|\bunsafe|\bwithUnsafe/#.wordBoundaryKind(.simple)
  }

  /// A search for one of these is far quicker than the expression, which has one of them in each alternative.
  private static let marks = ["nsafe", "OpaquePointer", "Unmanaged"]

  static func isTouched(by file: SourceFile) -> Bool {
    guard marks.contains(where: { file.text.range(of: $0) != nil }) else { return false }
    return file.lines.contains { line in
      guard marks.contains(where: { line.range(of: $0) != nil }) else { return false }
      let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
      return code.firstMatch(of: touch) != nil
    }
  }
}
