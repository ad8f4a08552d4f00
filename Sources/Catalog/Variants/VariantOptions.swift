internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The options of a product's variants, which are the same for all of them.
enum VariantOptions {
  /// The names of a product's options in their order.
  static func names(of product: Product) -> [String] {
    product.variants.first.map { $0.options.map(\.name.string) } ?? []
  }

  /// The title of a variant: `Oak / 140 cm`.
  static func title(_ values: [String]) -> String { values.joined(separator: " / ") }

  /// Options as the API's JSON.
  static func json(_ names: [String], _ values: [String], in arena: Arena) throws -> String {
    let options = try zip(names, values).map { name, value in
      let option = VariantOption(in: arena)
      option.name = arena.text(name)
      option.value = arena.text(value)
      return try option.json()
    }
    return "[" + options.joined(separator: ",") + "]"
  }

  /// Adds options to each variant of a product, behind those that it has.
  static func adding(_ options: String, to product: ID) -> Query {
    """
    UPDATE catalog.variant v SET options = (v.options::jsonb || \(options)::jsonb)::json WHERE v.product_id = \(product)
    """
  }

  /// Puts the options of each variant of a product in this order, in which all of them must be.
  static func ordering(_ names: [String], of product: ID) -> Query {
    """
    UPDATE catalog.variant v
       SET options = o.options, title = o.title
      FROM (SELECT w.id, json_agg(e.option ORDER BY n.place) AS options,
                   string_agg(e.option ->> 'value', ' / ' ORDER BY n.place) AS title
              FROM catalog.variant w
             CROSS JOIN LATERAL json_array_elements(w.options) AS e (option)
              JOIN unnest(\(names)::text[]) WITH ORDINALITY AS n (name, place) ON n.name = e.option ->> 'name'
             WHERE w.product_id = \(product)
             GROUP BY w.id) o
     WHERE v.id = o.id
    """
  }
}
