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

  static let media = [
    InputRow(
      service + "UploadMedia",
      [
        "product_id": .id, "alt": alt, "chunk": noImages,
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
    InputRow(service + "GetMediaUploadURL", ["product_id": .id, "size_bytes": .number(1...104_857_600)]),
  ]
}
