internal import Files
internal import Platform
internal import Postgres
internal import Sealing

/// How a document is encrypted: its content with a key of its own, in pieces, and that key with the vault's, in the row
/// of the document. Who has the blobs and not the database reads nothing; when the row has lost the key, nobody does.
struct SealedDocument {
  /// The content of a piece in bytes.
  static let pieceBytes = BlobPiece.bytes
  /// The length of a key as text.
  private static let keyCharacters = 44

  /// The sealed column, for `fastshop keys rotate`: the content stays as it is.
  static let column = SealedColumn(
    table: "sellers.document", column: "sealed",
    page: { after, limit in
      """
      SELECT d.id AS row, d.sealed
        FROM sellers.document d
       WHERE d.sealed IS NOT NULL AND (\(after) = '' OR d.id > nullif(\(after), '')::uuid)
       ORDER BY d.id
       LIMIT \(limit)
      """
    },
    replace: { rows, old, new in
      """
      UPDATE sellers.document d SET sealed = n.new
        FROM unnest(\(rows)::uuid[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
       WHERE d.id = n.row AND d.sealed = n.old
      """
    })

  let id: ID
  let name: String
  private let key: SecretKey

  /// A new document.
  init(_ id: ID, named name: String) { (self.id, self.name, key) = (id, name, SecretKey()) }

  /// The document of a row.
  /// - Throws: `UnopenedValue`; `SealingError` for a row that holds no key.
  init(_ id: ID, sealed: [UInt8], _ vault: Vault) throws {
    let text = try vault.openText(sealed, for: Self.column.place(id.description))
    guard let key = SecretKey(text: String(text.prefix(Self.keyCharacters))) else { throw SealingError.notSealed }
    (self.id, self.key, name) = (id, key, String(text.dropFirst(Self.keyCharacters)))
  }

  /// What the row has: the key and the name.
  func sealed(_ vault: Vault) throws -> [UInt8] {
    try vault.seal(text: key.text + name, for: Self.column.place(id.description))
  }

  /// Encrypts a piece.
  func seal(_ piece: [UInt8], at index: Int, isLast: Bool) throws -> [UInt8] {
    try SealedValue(sealing: piece, with: key, for: place(index, isLast)).bytes
  }

  /// Decrypts a piece of a document of so many bytes. Pieces in another order, or fewer of them, do not open.
  func open(_ sealed: [UInt8], at index: Int, isLast: Bool) throws -> [UInt8] {
    let place = place(index, isLast)
    do throws(SealingError) {
      return try SealedValue(sealed).open(with: key, for: place)
    } catch {
      throw UnopenedValue(place: place, reason: error)
    }
  }

  private func place(_ index: Int, _ isLast: Bool) -> SealedPlace {
    SealedPlace(table: "sellers.document", column: "content", row: "\(id)/\(index)\(isLast ? "/last" : "")")
  }
}

/// Where the pieces of a document are in its blob.
struct DocumentPieces {
  private static let sealedBytes = SealedDocument.pieceBytes + SealedValue.overheadBytes

  /// The size of the content.
  let bytes: Int

  /// At least one, also of nothing.
  var count: Int { max(1, (bytes + SealedDocument.pieceBytes - 1) / SealedDocument.pieceBytes) }

  func isLast(_ index: Int) -> Bool { index == count - 1 }

  /// The bytes of a sealed piece in the blob.
  func place(of index: Int) -> Range<Int> {
    let start = index * Self.sealedBytes
    let plain = min(SealedDocument.pieceBytes, bytes - index * SealedDocument.pieceBytes)
    return start..<(start + max(0, plain) + SealedValue.overheadBytes)
  }
}
