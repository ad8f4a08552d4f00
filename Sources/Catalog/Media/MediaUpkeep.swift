internal import Files
package import Platform
internal import Postgres

/// Removes the blobs of files that no image has, an hour after they were uploaded last.
struct MediaUpkeep: Sendable {
  let media: MediaSettings

  var chores: [Chore] {
    [Chore("catalog.media-files", "35 * * * *") { [self] in try await removeFiles($0) }]
  }

  /// Removes up to a batch of files, each in a transaction of its own: an upload of the same file waits for it, and
  /// stores its blobs again.
  func removeFiles(_ database: Database) async throws -> Int {
    var removed = 0
    while removed < Chore.batchRowsMax, try await removeFile(database) { removed += 1 }
    return removed
  }

  private func removeFile(_ database: Database) async throws -> Bool {
    try await database.work(as: .system("catalog.media-files", vault: nil)) { work in
      let query: Query = """
        SELECT encode(f.hash, 'hex') AS digits
          FROM catalog.media_file f
         WHERE f.claimed_at < now() - interval '1 hour'
           AND NOT EXISTS (SELECT FROM catalog.image i WHERE i.file_hash = f.hash)
         ORDER BY f.claimed_at
         LIMIT 1 FOR UPDATE SKIP LOCKED
        """
      guard let row = try await work.rows(query).first, let file = MediaFile(digits: try row.string("digits")) else {
        return false
      }
      for key in [file.original] + MediaFile.renditions.map(file.rendition) {
        if let key { try await media.store.delete(key) }
      }
      try await work.execute("DELETE FROM catalog.media_file WHERE hash = decode(\(file.digits), 'hex')")
      return true
    }
  }
}
