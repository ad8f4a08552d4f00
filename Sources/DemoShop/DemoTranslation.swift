/// Texts of the demo shop in other languages: those of a few categories and of the first products.
struct DemoTranslation {
  let resource: DemoID
  let locale: String
  /// By the paths of the texts.
  let texts: [(path: String, source: String, text: String)]

  /// Those of a shop with so many products.
  static func all(_ tree: DemoTree, products count: Int) -> [DemoTranslation] {
    let maker = DemoProductMaker(tree: tree)
    return locales.enumerated().flatMap { place, locale in
      let ofCategories = tree.nodes.compactMap { node in
        categories[node.path].map {
          DemoTranslation(resource: node.id, locale: locale, texts: [("title", node.title, $0[place])])
        }
      }
      return ofCategories
        + products.prefix(count).enumerated().map { index, words in
          translation(of: maker.product(index), words[place], locale: locale, place)
        }
    }
  }

  private static func translation(
    of product: DemoProduct, _ words: (title: String, description: String), locale: String, _ place: Int
  ) -> DemoTranslation {
    var texts: [(path: String, source: String, text: String)] = [
      ("title", product.title, words.title), ("description", product.description, words.description),
    ]
    for (number, image) in product.images.enumerated() {
      let text = number == 0 ? words.title : words.title + views[place] + "\(number + 1)"
      texts.append(("images[\(image.id)].alt", image.alt, text))
    }
    var paths: Set<String> = []
    for option in product.variants.flatMap(\.options) {
      for (path, word) in [
        ("options[\(option.name)]", option.name), ("options[\(option.name)][\(option.value)]", option.value),
      ] where paths.insert(path).inserted {
        texts.append((path, word, options[word]?[place] ?? word))
      }
    }
    return DemoTranslation(resource: product.id, locale: locale, texts: texts)
  }

  private static let locales = ["de", "ja"]
  private static let views = [", Ansicht ", "、ビュー"]

  private static let categories = [
    "electronics": ["Elektronik", "家電"], "electronics/audio": ["Audio", "オーディオ"],
    "electronics/audio/headphones": ["Kopfhörer", "ヘッドホン"], "home": ["Wohnen", "ホーム"],
    "home/textiles": ["Heimtextilien", "テキスタイル"], "home/textiles/cushions": ["Kissen", "クッション"],
    "clothing": ["Bekleidung", "衣料品"], "sports": ["Sport", "スポーツ"], "garden": ["Garten", "ガーデン"],
    "books-and-play": ["Bücher und Spiele", "本とおもちゃ"],
  ]

  private static let products: [[(title: String, description: String)]] = [
    [
      (
        "Holt Lark Kissen",
        """
        Ein ruhiger Entwurf, der eines tut und es gut tut. Es passt zu allem anderen der Serie. Reparaturen sind in \
        den ersten drei Jahren kostenlos.
        """
      ),
      (
        "Holt Lark クッション",
        "ひとつのことを丁寧にこなす、静かなデザイン。シリーズのほかの品ともよく合います。最初の3年間は修理無料。"
      ),
    ],
    [
      (
        "Orbit Onyx Over-Ear-Kopfhörer",
        """
        Den haben wir nach zwanzig anderen selbst behalten. Das Material kommt aus der Region und wird von Hand \
        veredelt. Klimaneutrale Lieferung innerhalb der Europäischen Union.
        """
      ),
      (
        "Orbit Onyx オーバーイヤーヘッドホン",
        "20種類を試したあとで、私たちが手元に残した一台。素材は地元産で、仕上げは手作業。EU域内はカーボンニュートラル配送。"
      ),
    ],
    [
      (
        "Fathom Otter On-Ear-Kopfhörer",
        """
        Gebaut von Leuten, die ihn selbst benutzen. Zwei Winter lang getestet, bevor wir ihn zu verkaufen wagten. Zwei \
        Jahre Garantie, dreißig Tage Rückgaberecht.
        """
      ),
      (
        "Fathom Otter オンイヤーヘッドホン",
        "実際に使う人たちが作りました。ふた冬かけて試してから販売。2年保証、30日以内返品可。"
      ),
    ],
  ]

  /// What is written the same in all languages, such as sizes, has no entry.
  private static let options = [
    "Colour": ["Farbe", "色"], "Size": ["Größe", "サイズ"], "Edition": ["Ausgabe", "エディション"],
    "Linen": ["Leinen", "リネン"], "Terracotta": ["Terrakotta", "テラコッタ"], "Sage": ["Salbei", "セージ"],
    "Ink": ["Tinte", "インク"], "Oat": ["Hafer", "オーツ"], "Small": ["Klein", "小"], "Medium": ["Mittel", "中"],
    "Large": ["Groß", "大"], "Graphite": ["Graphit", "グラファイト"], "Silver": ["Silber", "シルバー"],
    "Midnight blue": ["Nachtblau", "ミッドナイトブルー"], "Copper": ["Kupfer", "銅"], "Standard": ["Standard", "スタンダード"],
    "Plus": ["Plus", "プラス"], "Pro": ["Pro", "プロ"],
  ]
}
