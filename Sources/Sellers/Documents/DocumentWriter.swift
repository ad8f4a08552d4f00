internal import Files

/// Encrypts a document while it arrives. Neither memory nor the disk ever hold its content as a whole in the clear.
struct DocumentWriter {
  private let document: SealedDocument
  private let file: StagedFile
  private var pending: [UInt8] = []
  private var index = 0

  init(_ document: SealedDocument, into file: StagedFile) { (self.document, self.file) = (document, file) }

  /// Writes what is known not to be the last piece.
  mutating func add(_ bytes: [UInt8]) async throws {
    pending += bytes
    var start = 0
    while pending.count - start > SealedDocument.pieceBytes {
      try await write(Array(pending[start..<(start + SealedDocument.pieceBytes)]), isLast: false)
      start += SealedDocument.pieceBytes
    }
    pending.removeFirst(start)
  }

  /// Writes the last piece.
  mutating func finish() async throws {
    try await write(pending, isLast: true)
    pending = []
  }

  private mutating func write(_ piece: [UInt8], isLast: Bool) async throws {
    let sealed = try document.seal(piece, at: index, isLast: isLast)
    let file = file
    try await SellersError.ofStore { () async throws(BlobError) in try await file.append(sealed) }
    index += 1
  }
}
