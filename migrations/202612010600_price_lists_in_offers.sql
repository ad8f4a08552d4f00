-- fastshop: compatible
-- fastshop: no-transaction
-- Offers of product pages read the price lists for everybody, and upkeep takes a list from its deletion on. A list that
-- is deleted before its start ends at its start.

CREATE INDEX CONCURRENTLY price_list_for_everybody ON catalog.price_list (seller_id, currency, ends_at)
  WHERE segment = '' AND channel = '' AND deleted_at IS NULL;
CREATE INDEX CONCURRENTLY price_scheduled
  ON catalog.price (variant_id, coalesce(price_list_id, variant_id), quantity_min, ends_at)
  WHERE is_scheduled AND starts_at < ends_at;
CREATE INDEX CONCURRENTLY price_list_by_last_moment ON catalog.price_list (least(ends_at, deleted_at))
  WHERE NOT are_prices_ended;
DROP INDEX CONCURRENTLY IF EXISTS catalog.price_list_by_end;
