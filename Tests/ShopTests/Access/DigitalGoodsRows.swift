import Postgres
import RPC

/// What sellers do with the files and licence keys that they sell.
extension AccessRow {
  private static let service = "fastshop.catalog.v1.DigitalGoodsService/"
  private static let missing = AccessOutcome.all(.notFound)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])

  private static func upload(to variant: String, instead file: String = "", _ things: AccessResources) -> String {
    """
    {"variant_id": "\(variant)", "file_id": "\(file)", "file_name": "song.flac", "chunk": "AAAA",
     "request_id": "\(things.requestID)"}
    """
  }

  /// A request about a new variant of the shop that the relation means.
  private static func ofVariant(
    _ json: @escaping @Sendable (_ variant: String, AccessResources) -> String
  ) -> AccessCase {
    .one("variant_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let variant = try await things.ofShop(whose) { try await things.newVariant(of: $0).variant }
      return AccessRequest(json: json(variant, things), names: [variant])
    }
  }

  static let digitalGoods = [
    AccessRow(
      // A token is of one product, and so of whoever reaches that.
      service + "UploadDigitalFile", writers, plainFields: ["upload_token", "file_name"],
      ofVariant { upload(to: $0, $1) },
      .one("file_id", own: .inFirstShop, others: missing, absent: missing) { things, whose in
        let own = try await things.newVariant(of: things.shops[0].seller).variant
        let file =
          switch whose {
          case .own: try await things.digitalFile(of: own)
          case .others:
            try await things.digitalFile(of: try await things.newVariant(of: things.shops[1].seller).variant)
          case .absent: AccessResources.absent
          }
        return AccessRequest(json: upload(to: own, instead: file, things), names: [own, file])
      }),
    AccessRow(service + "ListDigitalFiles", writers, ofVariant { variant, _ in "{\"variant_id\": \"\(variant)\"}" }),
    AccessRow(
      service + "DeleteDigitalFile", writers,
      .one("file_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let file = try await things.ofShop(whose) { seller in
          try await things.digitalFile(of: try await things.newVariant(of: seller).variant)
        }
        return AccessRequest(
          json: "{\"file_id\": \"\(file)\", \"request_id\": \"\(things.requestID)\"}", names: [file])
      }),
    AccessRow(
      service + "AddLicenceKeys", writers,
      ofVariant { variant, things in
        let id = things.requestID
        return "{\"variant_id\": \"\(variant)\", \"licence_keys\": [\"\(id)\"], \"request_id\": \"\(id)\"}"
      }),
    AccessRow(
      service + "WithdrawLicenceKeys", writers,
      ofVariant { variant, things in
        let id = things.requestID
        return "{\"variant_id\": \"\(variant)\", \"licence_keys\": [\"\(id)\"], \"request_id\": \"\(id)\"}"
      }),
  ]
}

extension AccessResources {
  /// A new file of a variant. No blob belongs to it.
  func digitalFile(of variant: String) async throws -> String {
    _ = try await make {
      """
      INSERT INTO catalog.media_file (hash, kind, content_type, size_bytes)
      VALUES (sha256('song'), 'digital_file', 'application/octet-stream', 4)
          ON CONFLICT (hash) DO UPDATE SET size_bytes = excluded.size_bytes
      RETURNING 'made' AS id
      """
    }
    return try await make {
      """
      INSERT INTO catalog.digital_file (variant_id, seller_id, file_name, file_hash)
      SELECT v.id, v.seller_id, 'song.flac', sha256('song') FROM catalog.variant v WHERE v.id = \(variant)::uuid
      RETURNING id
      """
    }
  }

  /// A new document of a product, which has no other attachments then. No blob belongs to it.
  func onlyAttachment(of product: String) async throws -> String {
    _ = try await make {
      """
      INSERT INTO catalog.media_file (hash, kind, content_type, size_bytes)
      VALUES (sha256('manual'), 'document', 'application/pdf', 4)
          ON CONFLICT (hash) DO UPDATE SET size_bytes = excluded.size_bytes
      RETURNING 'made' AS id
      """
    }
    _ = try await make { "DELETE FROM catalog.attachment WHERE product_id = \(product)::uuid RETURNING id" }
    return try await make {
      """
      INSERT INTO catalog.attachment (product_id, seller_id, position, kind, url, file_hash)
      SELECT p.id, p.seller_id, 1, 'document', '/media/manual.pdf', sha256('manual')
        FROM catalog.product p
       WHERE p.id = \(product)::uuid
      RETURNING id
      """
    }
  }
}
