import RPC

/// What sellers do with the images of their products.
extension AccessRow {
  private static let service = "fastshop.catalog.v1.MediaService/"
  private static let missing = AccessOutcome.all(.notFound)
  private static let ofFirst = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
  private static let ofSecond = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])

  /// A change of the image of a product of the shop that the relation means, which is not on sale: its last image may
  /// go.
  private static func ofImage(
    _ field: String, _ json: @escaping @Sendable (_ image: String) -> String
  ) -> AccessCase {
    .one(field, own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let image =
        whose == .absent ? AccessResources.absent : try await things.onlyImage(of: things.shop(whose, \.hiddenProduct))
      return AccessRequest(json: "{\(json(image)), \"request_id\": \"\(things.requestID)\"}", names: [image])
    }
  }

  static let media = [
    AccessRow(
      // A token is of one product, and so of whoever reaches that.
      service + "UploadMedia", writers, plainFields: ["upload_token"],
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let product = things.shop(whose, \.product)
        if whose != .absent { _ = try await things.onlyImage(of: product) }
        return AccessRequest(
          json: """
            {"product_id": "\(product)", "chunk": "\(AccessResources.pixel)", "request_id": "\(things.requestID)"}
            """, names: [product])
      }),
    AccessRow(
      service + "UpdateMedia", writers, ofImage("image.id") { "\"image\": {\"id\": \"\($0)\", \"alt\": \"A lamp\"}" }),
    AccessRow(service + "DeleteMedia", writers, ofImage("image_id") { "\"image_id\": \"\($0)\"" }),
    AccessRow(
      service + "ReorderMedia", writers,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let product = things.shop(whose, \.product)
        let image = whose == .absent ? AccessResources.absent : try await things.onlyImage(of: product)
        return AccessRequest(json: order(of: product, [image], things), names: [product, image])
      },
      .one(
        "image_ids", own: .inFirstShop, others: missing.but(.failedPrecondition, for: ofFirst),
        absent: missing.but(.failedPrecondition, for: ofFirst)
      ) { things, whose in
        let product = things.shops[0].product
        let own = try await things.onlyImage(of: product)
        let image =
          switch whose {
          case .own: own
          case .others: try await things.onlyImage(of: things.shops[1].product)
          case .absent: AccessResources.absent
          }
        return AccessRequest(json: order(of: product, [image], things), names: [product, image])
      }),
    AccessRow(
      service + "UpdateAttachment", writers,
      ofAttachment("attachment.id") { "\"attachment\": {\"id\": \"\($0)\", \"title\": \"Manual\"}" }),
    AccessRow(
      service + "DeleteAttachment", writers, ofAttachment("attachment_id") { "\"attachment_id\": \"\($0)\"" }),
    AccessRow(
      service + "ReorderAttachments", writers,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let product = things.shop(whose, \.product)
        let attachment =
          whose == .absent ? AccessResources.absent : try await things.onlyAttachment(of: product)
        return AccessRequest(
          json: order(of: product, [attachment], things, "attachment_ids"), names: [product, attachment])
      },
      .one(
        "attachment_ids", own: .inFirstShop, others: missing.but(.failedPrecondition, for: ofFirst),
        absent: missing.but(.failedPrecondition, for: ofFirst)
      ) { things, whose in
        let product = things.shops[0].product
        let own = try await things.onlyAttachment(of: product)
        let attachment =
          switch whose {
          case .own: own
          case .others: try await things.onlyAttachment(of: things.shops[1].product)
          case .absent: AccessResources.absent
          }
        return AccessRequest(
          json: order(of: product, [attachment], things, "attachment_ids"), names: [product, attachment])
      }),
    AccessRow(
      // Images are in a folder here, which has no URLs for uploads: whoever reaches the product is told that.
      service + "GetMediaUploadURL", writers,
      .one(
        "product_id", own: missing.but(.failedPrecondition, for: ofFirst),
        others: missing.but(.failedPrecondition, for: ofSecond), absent: missing
      ) { things, whose in
        let product = things.shop(whose, \.product)
        return AccessRequest(json: "{\"product_id\": \"\(product)\", \"size_bytes\": \"1000\"}", names: [product])
      }),
  ]

  /// A change of the only attachment of a product of the shop that the relation means.
  private static func ofAttachment(
    _ field: String, _ json: @escaping @Sendable (_ attachment: String) -> String
  ) -> AccessCase {
    .one(field, own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let attachment =
        whose == .absent
        ? AccessResources.absent : try await things.onlyAttachment(of: things.shop(whose, \.product))
      return AccessRequest(
        json: "{\(json(attachment)), \"request_id\": \"\(things.requestID)\"}", names: [attachment])
    }
  }

  private static func order(
    of product: String, _ files: [String], _ things: AccessResources, _ field: String = "image_ids"
  ) -> String {
    let ids = files.map { "\"\($0)\"" }.joined(separator: ", ")
    return "{\"product_id\": \"\(product)\", \"\(field)\": [\(ids)], \"request_id\": \"\(things.requestID)\"}"
  }
}
