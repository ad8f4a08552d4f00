internal import Platform
internal import Postgres

/// The columns of the API's `Collection`; `o` is catalog.collection.
enum CollectionColumns {
  static var collection: Query {
    """
    o.id, o.slug, o.title, o.description, o.rule, o.position,
           nullif(o.visible_from, '-infinity') AS visible_from, nullif(o.visible_until, 'infinity') AS visible_until,
           o.seo_title, o.seo_description, \(ETag.column("o.version")) AS etag, o.created_at AS create_time,
           o.updated_at AS update_time
    """
  }

  /// A condition: shoppers see the collection now.
  static var isVisible: Query { "o.visible_from <= now() AND o.visible_until > now()" }
}
