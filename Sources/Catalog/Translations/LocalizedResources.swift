package import CatalogAPI
package import Platform
package import Protobuf

// The texts of the catalogue that have translations, by their paths: see TranslatedKind in the API.

extension Product: LocalizedMessage {
  private static let optionCharactersMax = 50
  private static let choiceCharactersMax = 100

  /// Its id.
  package var resourceID: Text { id }

  /// Its type, which translates the choices among its attributes.
  package var otherResourceIDs: [Text] { productTypeID.isEmpty || attributes.isEmpty ? [] : [productTypeID] }

  /// Replaces its texts, those of its variants, images and attachments, and the choices among its attributes.
  package func rewriteTexts(_ rewrite: (TranslatableText, Text) -> Text) {
    title = rewrite(.line("title", of: id, upTo: 300), title)
    description = rewrite(.note("description", of: id, upTo: 20_000), description)
    seoTitle = rewrite(.line("seo_title", of: id, upTo: 100), seoTitle)
    seoDescription = rewrite(.note("seo_description", of: id, upTo: 400), seoDescription)
    for variant in variants { rewriteOptions(of: variant, rewrite) }
    for image in images { image.alt = rewrite(.line("images[\(image.id)].alt", of: id, upTo: 300), image.alt) }
    for attachment in attachments {
      attachment.title = rewrite(.line("attachments[\(attachment.id)].title", of: id, upTo: 300), attachment.title)
    }
    for attribute in attributes {
      guard case .text(let choice)? = attribute.value else { continue }
      let path = "attributes[\(attribute.code)].choices[\(choice)]"
      attribute.value = .text(rewrite(.line(path, of: productTypeID, upTo: Self.choiceCharactersMax), choice))
    }
  }

  /// The title of a variant consists of the values of its options.
  private func rewriteOptions(of variant: Variant, _ rewrite: (TranslatableText, Text) -> Text) {
    let before = variant.options.map(\.value.string)
    for option in variant.options {
      let path = "options[\(option.name)]"
      option.value = rewrite(
        .line("\(path)[\(option.value)]", of: id, upTo: Self.optionCharactersMax), option.value)
      option.name = rewrite(.line(path, of: id, upTo: Self.optionCharactersMax), option.name)
    }
    let after = variant.options.map(\.value.string)
    guard after != before, variant.title == VariantOptions.title(before) else { return }
    variant.title = storage.arena.text(VariantOptions.title(after))
  }
}

extension Category: LocalizedMessage {
  /// Its id.
  package var resourceID: Text { id }

  /// Replaces its title.
  package func rewriteTexts(_ rewrite: (TranslatableText, Text) -> Text) {
    title = rewrite(.line("title", of: id, upTo: 200), title)
  }
}

extension Collection: LocalizedMessage {
  /// Its id.
  package var resourceID: Text { id }

  /// Replaces its title, its description, and what search engines read.
  package func rewriteTexts(_ rewrite: (TranslatableText, Text) -> Text) {
    title = rewrite(.line("title", of: id, upTo: 200), title)
    description = rewrite(.note("description", of: id, upTo: 5_000), description)
    seoTitle = rewrite(.line("seo_title", of: id, upTo: 100), seoTitle)
    seoDescription = rewrite(.note("seo_description", of: id, upTo: 400), seoDescription)
  }
}

extension ProductType: LocalizedMessage {
  private static let charactersMax = 100

  /// Its id.
  package var resourceID: Text { id }

  /// Replaces the titles and the choices of its attributes. Its own title is for sellers.
  package func rewriteTexts(_ rewrite: (TranslatableText, Text) -> Text) {
    for attribute in attributes {
      let path = "attributes[\(attribute.code)]"
      attribute.title = rewrite(.line("\(path).title", of: id, upTo: Self.charactersMax), attribute.title)
      let choices = attribute.choices
      for (index, choice) in choices.enumerated() {
        choices[index] = rewrite(.line("\(path).choices[\(choice)]", of: id, upTo: Self.charactersMax), choice)
      }
    }
  }
}
