import Foundation
import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.MediaService/"
  private static let answered = InputRule.ignored("it is only answered")
  private static let alt = InputRule.line(0...300)

  /// What is no image, by its content.
  private static let noImages = InputRule { _, _ in
    let pixel = Array(Data(base64Encoded: AccessResources.pixel) ?? Data())
    return [
      .refused("nothing", .bytes([])), .refused("a text", .bytes(Array("lamp.png".utf8))),
      .refused("another type", .bytes(Array("GIF89a\u{1}\0\u{1}\0".utf8))),
      .refused("the first bytes of a PNG", .bytes(Array(pixel.prefix(8)))),
      .refused("a PNG that is cut", .bytes(Array(pixel.prefix(45)))),
    ]
  }

  private static let kind = InputRule { _, _ in
    [
      .refused("a digital file", .number(4)), InputValue(what: "an image", values: [.number(1)], ending: .asSample),
    ]
  }

  static let media = [
    InputRow(
      service + "UploadMedia",
      [
        "product_id": .id, "alt": alt, "chunk": noImages, "kind": kind,
        "upload_token": .text(not: "made up", "AAAAAAAAAAAAAAAA", "="),
      ],
      sample: { things in
        let product = things.shops[0].product
        _ = try await things.onlyImage(of: product)
        return """
          {"product_id": "\(product)", "chunk": "\(AccessResources.pixel)", "request_id": "\(things.requestID)"}
          """
      }),
    InputRow(
      service + "UpdateMedia",
      [
        "image.id": .id, "image.url": answered, "image.alt": alt, "image.width": answered, "image.height": answered,
        "update_mask": .mask("alt"),
      ],
      sample: { things in
        """
        {"image": {"id": "\(try await things.onlyImage(of: things.shops[0].product))", "alt": "A lamp"},
         "update_mask": "alt", "request_id": "\(things.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"image\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask")),
    InputRow(
      service + "ReorderMedia", ["product_id": .id, "image_ids": .list(1...100, of: InputRule.absent, not: "", "x")],
      Case(
        what: "an image twice",
        json: """
          {"product_id": "\(InputRule.absent)", "image_ids": ["\(InputRule.absent)", "\(InputRule.absent)"],
           "request_id": "ID"}
          """, field: "image_ids")),
    InputRow(service + "DeleteMedia", ["image_id": .id]),
    InputRow(
      service + "UpdateAttachment",
      [
        "attachment.id": .id, "attachment.kind": answered, "attachment.url": answered, "attachment.title": alt,
        "attachment.content_type": answered, "attachment.size_bytes": answered, "update_mask": .mask("title"),
      ],
      sample: { things in
        """
        {"attachment": {"id": "\(try await things.onlyAttachment(of: things.shops[0].product))", "title": "Manual"},
         "update_mask": "title", "request_id": "\(things.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"attachment\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask")),
    InputRow(
      service + "ReorderAttachments",
      ["product_id": .id, "attachment_ids": .list(1...30, of: InputRule.absent, not: "", "x")],
      Case(
        what: "an attachment twice",
        json: """
          {"product_id": "\(InputRule.absent)", "attachment_ids": ["\(InputRule.absent)", "\(InputRule.absent)"],
           "request_id": "ID"}
          """, field: "attachment_ids")),
    InputRow(service + "DeleteAttachment", ["attachment_id": .id]),
    InputRow(
      service + "GetMediaUploadURL",
      ["product_id": .id, "size_bytes": .number(1...104_857_600), "kind": .choice]),
  ]

  private static let goods = "fastshop.catalog.v1.DigitalGoodsService/"

  static let digitalGoods = [
    InputRow(
      goods + "UploadDigitalFile",
      [
        "variant_id": .id, "file_id": .optionalID, "upload_token": .text(not: "made up", "AAAAAAAAAAAAAAAA", "="),
        "file_name": .text(not: "", " ", "a/b", "a\\b", "..", "a\nb"),
        "chunk": InputRule { _, _ in [.refused("nothing", .bytes([]))] },
      ],
      sample: { things in
        let variant = try await things.newVariant(of: things.shops[0].seller).variant
        let file = try await things.digitalFile(of: variant)
        return """
          {"variant_id": "\(variant)", "file_name": "song.flac", "file_id": "\(file)", "chunk": "AAAA",
           "request_id": "\(things.requestID)"}
          """
      }),
    InputRow(goods + "ListDigitalFiles", ["variant_id": .id]),
    InputRow(goods + "DeleteDigitalFile", ["file_id": .id]),
    InputRow(
      goods + "AddLicenceKeys",
      ["variant_id": .id, "licence_keys": .list(1...1_000, of: "AAAA-0001", not: "", " ", "a\nb")],
      Case(
        what: "a key twice",
        json: "{\"variant_id\": \"\(InputRule.absent)\", \"licence_keys\": [\"A\", \"A\"], \"request_id\": \"ID\"}",
        field: "licence_keys")),
    InputRow(
      goods + "WithdrawLicenceKeys",
      ["variant_id": .id, "licence_keys": .list(1...1_000, of: "AAAA-0001", not: "", " ", "a\nb")],
      Case(
        what: "a key twice",
        json: "{\"variant_id\": \"\(InputRule.absent)\", \"licence_keys\": [\"A\", \"A\"], \"request_id\": \"ID\"}",
        field: "licence_keys")),
  ]
}
