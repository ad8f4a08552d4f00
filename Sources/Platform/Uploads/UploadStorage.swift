package import Files
package import Protobuf
package import RPC

/// What all uploads of a server share, whichever module takes them: the store of the blobs, the folder where they
/// arrive, and the places for those that are under way.
package struct UploadStorage: Sendable {
  /// The longest that an upload may take until its last byte; that of small files has less. For what follows, its
  /// module sets a limit anew.
  package static let timeLimit: Duration = .seconds(900)
  /// An upload of which nothing arrives for so long ends with DEADLINE_EXCEEDED.
  package static let idleLimit: Duration = .seconds(30)

  /// The blobs.
  package let store: any BlobStore
  /// Where uploads are written while they arrive.
  package let staging: StagingFolder
  private let places = UploadPlaces()
  private let idleLimit: Duration

  /// The storage of one server.
  package init(store: any BlobStore, staging: StagingFolder, idleLimit: Duration = idleLimit) {
    (self.store, self.staging, self.idleLimit) = (store, staging, idleLimit)
  }

  /// Gives the upload its limits of time: before its first request is taken. A caller who sends slowly has a place all
  /// the time, so the limit is what the largest file of its kind takes.
  package func limit<Request: Message>(
    _ requests: inout RequestStream<Request>, of call: Call, within limit: Duration = timeLimit
  ) {
    call.limitTime(to: min(limit, Self.timeLimit))
    requests.idleLimit = idleLimit
  }

  /// Runs `body` while the upload has a place.
  /// - Throws: `refusal` when there is none at this moment.
  package func withPlace<R>(
    for holder: UploadHolder, orElse refusal: any Error, _ body: () async throws -> R
  ) async throws -> R {
    guard places.begin(for: holder) else { throw refusal }
    defer { places.end(for: holder) }
    return try await body()
  }
}

extension RequestStream {
  /// Takes the bytes of an upload, message by message: `first` of the message that was taken already, and those of the
  /// others. Memory holds one message at a time.
  /// - Parameters:
  ///   - bytesMax: the most bytes that all messages may have.
  ///   - refusal: the error when there are more.
  ///   - chunk: the bytes of a message.
  ///   - write: keeps the bytes.
  package mutating func takeUpload(
    _ first: [UInt8], bytesMax: Int, orElse refusal: any Error, _ chunk: (Request) -> [UInt8],
    write: ([UInt8]) async throws -> Void
  ) async throws {
    var taken = 0
    var next: [UInt8]? = first
    while let bytes = next {
      guard bytes.count <= bytesMax - taken else { throw refusal }
      try await write(bytes)
      taken += bytes.count
      next = try await self.next().map(chunk)
    }
  }
}
