internal import Platform
internal import Postgres

/// The columns of the API's `TaxRate`; `r` is taxes.tax_rate.
enum TaxRateColumns {
  static var rate: Query {
    """
    r.id, r.title, r.country AS "area.country", r.region AS "area.region",
           r.postal_from AS "area.postal_code_from", r.postal_to AS "area.postal_code_to", r.category,
           \(percent) AS percent, r.place AS "order", r.is_compound, r.applies_to_shipping,
           \(day("r.valid_from")) AS valid_from, \(day("r.valid_until")) AS valid_until,
           \(ETag.column("r.version")) AS etag, r.created_at AS create_time, r.updated_at AS update_time
    """
  }

  static var percent: Query { "trim_scale(r.rate_millionths * 0.0001)::text" }

  /// A day as the API writes it; empty without one.
  static func day(_ column: Query) -> Query {
    "CASE WHEN isfinite(\(column)) THEN to_char(\(column), 'YYYY-MM-DD') ELSE '' END"
  }
}
