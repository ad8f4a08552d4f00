internal import Platform
internal import Postgres

/// The columns of the API's `SalesChannel` and `ChannelListing`: `c` is catalog.channel, `l` catalog.channel_listing.
enum ChannelColumns {
  static var channel: Query {
    """
    c.id, c.code, c.title, c.storefront_url, c.currency, c.language, c.is_active, c.assortment,
           \(ETag.column("c.version")) AS etag, c.created_at AS create_time, c.updated_at AS update_time
    """
  }

  static var listing: Query {
    """
    l.id, c.code AS channel, l.product_id, l.seller_id, l.is_listed, l.visible_from AS visible_from_time,
           l.buyable_from AS buyable_from_time, l.created_at AS create_time, l.updated_at AS update_time,
           \(ETag.column("l.version")) AS etag
    """
  }
}
