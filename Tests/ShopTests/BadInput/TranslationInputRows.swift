import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.TranslationService/"
  private static let language = InputRule.text(
    not: "", " ", "x", "xx", "jp", "de_DE", " de", "de-", "de-de-de", "x-a", "de-x-a", "de-u-co-phonebk", "*", "de,fr",
    "\u{e9}s", String(repeating: "a", count: 36))

  private static let texts = InputRule { _, _ in
    func entry(_ path: String, _ text: String) -> WireValue { .message([(1, .text(path)), (2, .text(text))]) }
    let bad = [
      ("", "a"), ("Title", "a"), ("description", "a"), ("options[Colour]", "a"), ("title", "a\nb"), ("title", "\u{7}"),
      ("title", String(repeating: "t", count: 301)), (String(repeating: "p", count: 3_500), "a"),
    ]
    return bad.map { .refused("'\($0.0.prefix(20))'", entry($0.0, $0.1)) }
      + [
        InputValue(what: "no entry", values: [], ending: .refused),
        InputValue(
          what: "2,001 entries", values: Array(repeating: entry("title", "A"), count: 2_001), ending: .refused),
        InputValue(
          what: "2,000 entries", values: Array(repeating: entry("title", "A"), count: 2_000), ending: .asSample),
        InputValue(what: "an empty text", values: [entry("title", "")], ending: .asSample),
      ]
  }

  static let translations = [
    InputRow(
      service + "SetTranslations",
      ["kind": .requiredChoice, "resource_id": .id, "locale": language, "texts": texts],
      Case(
        what: "the shop's own language",
        json: """
          {"kind": "TRANSLATED_KIND_PRODUCT", "resource_id": "\(InputRule.absent)", "locale": "EN",
           "texts": {"title": "Desk"}, "request_id": "ID"}
          """, field: "locale")),
    InputRow(
      service + "ListTranslations",
      [
        "kind": .requiredChoice, "resource_id": .id,
        "locale": .text(not: " ", "x", "xx", "jp", "de_DE", "de-x-a", "*"),
      ]),
    InputRow(service + "ListMissingTranslations", ["locale": language]),
  ]
}
