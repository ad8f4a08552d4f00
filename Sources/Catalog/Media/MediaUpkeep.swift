internal import Files
internal import Platform
internal import Postgres

/// Removes the blobs that nothing uses: of files without images, attachments and digital files, and of uploads that
/// were added to no product.
struct MediaUpkeep: Sendable {
  /// A server has so long to remove the blobs of a file that it has marked: half of the time after which another one
  /// takes over. One that was stopped for longer would remove what was uploaded again since.
  private static let removalLimit: Duration = .seconds(300)

  let media: MediaSettings

  var chores: [Chore] {
    [
      Chore("catalog.media-files", "35 * * * *", batch: removeFiles),
      Chore("catalog.media-uploads", "40 * * * *") { _ in try await removeUploads(now: .nowAtMost) },
      Chore("catalog.used-uploads", "45 * * * *") { database in
        try await database.execute(.deletingBatch(of: "catalog.used_upload", where: Self.oldUses))
      },
    ]
  }

  /// Removes a batch of the files that nothing has used for an hour, one after another.
  func removeFiles(_ database: Database) async throws -> Int {
    var looked = 0
    while looked < Chore.batchRowsMax, try await removeFile(database) { looked += 1 }
    return looked
  }

  /// Marks the file, removes its blobs, and forgets it, in this order and without a lock meanwhile. Nothing can use a
  /// marked file, and an upload of the same content is refused until it is forgotten. A mark of 10 minutes ago was left
  /// by a server that ended, or whose store failed.
  /// - Returns: whether there was one.
  private func removeFile(_ database: Database) async throws -> Bool {
    let begun = Instant.steady
    guard let row = try await database.rows(Self.mark, access: .write).first else { return false }
    guard try !row.bool("is_shown"), let kind = MediaFileKind(rawValue: try row.string("kind")),
      let file = MediaFile(digits: try row.string("digits"), kind: kind)
    else { return true }
    let end = begun + Self.removalLimit
    for key in file.keys {
      guard Instant.steady < end else { throw MediaError.storeUnavailable }
      try await media.store.delete(key)
    }
    try await database.execute(
      "DELETE FROM catalog.media_file WHERE hash = decode(\(file.digits), 'hex') AND removing_at IS NOT NULL")
    return true
  }

  /// A file that is used after all, by another row with the same content, is in use again.
  static var mark: Query {
    """
    UPDATE catalog.media_file f
       SET removing_at = CASE WHEN NOT o.is_shown THEN clock_timestamp() END,
           unused_since = CASE WHEN NOT o.is_shown THEN f.unused_since END
      FROM (SELECT m.hash,
                   EXISTS (SELECT FROM catalog.image i WHERE i.file_hash = m.hash)
                     OR EXISTS (SELECT FROM catalog.attachment a WHERE a.file_hash = m.hash)
                     OR EXISTS (SELECT FROM catalog.digital_file d WHERE d.file_hash = m.hash) AS is_shown
              FROM catalog.media_file m
             WHERE m.unused_since < platform.retention_time() - interval '1 hour'
               AND (m.removing_at IS NULL OR m.removing_at < now() - interval '10 minutes')
             ORDER BY m.unused_since
             LIMIT 1 FOR UPDATE OF m SKIP LOCKED) o
     WHERE f.hash = o.hash
    RETURNING encode(f.hash, 'hex') AS digits, f.kind, o.is_shown
    """
  }

  /// Uploads that were used two days ago: their blobs are gone by then.
  static var oldUses: Query { "used_at < platform.retention_time() - interval '2 days'" }

  /// Removes the uploads past the servers that are a day old, the oldest first.
  func removeUploads(now: Instant) async throws -> Int {
    guard let folder = PendingUpload.folder else { return 0 }
    var removed = 0
    while removed < Chore.batchRowsMax {
      let keys = try await media.store.uploads(folder, count: Chore.batchRowsMax - removed)
      let old = keys.filter { PendingUpload.isOver($0, now: now) }
      if old.isEmpty { break }
      for key in old { try await media.store.delete(key) }
      removed += old.count
    }
    return removed
  }
}
