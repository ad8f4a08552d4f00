internal import Platform
internal import Postgres

/// The columns of the API's `ProductType`; `t` is catalog.product_type.
enum ProductTypeColumns {
  static var productType: Query {
    """
    t.id, t.title, t.attributes, \(ETag.column("t.version")) AS etag, t.created_at AS create_time,
           t.updated_at AS update_time
    """
  }
}
