-- fastshop: compatible
-- A statement that changes the prices of many variants records them in sets, and products follow their variants in one
-- UPDATE.

-- A title in ASCII, as most are, has its key from one function instead of five. Every change of a product's price
-- computes the key twice, for the indexes of the search. The function is not STRICT any more, because Postgres then
-- puts its CASE into the expressions of the indexes instead of calling it. The key of NULL is NULL as before.
CREATE OR REPLACE FUNCTION platform.search_key(typed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  -- Through upper case and back, which makes ß and SS, ς and Σ, ı and I the same; then without what is left of İ's dot.
  SELECT CASE WHEN octet_length(typed) = length(typed) THEN lower(typed COLLATE "C") COLLATE "und-x-icu"
              ELSE normalize(
                     replace(
                       replace(
                         lower(upper(normalize(typed, NFKC) COLLATE "und-x-icu") COLLATE "und-x-icu"), 'ς', 'σ'),
                       U&'i\0307', 'i'),
                     NFKC) END
$$;

CREATE FUNCTION catalog.record_changed_prices() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  moment CONSTANT timestamptz := clock_timestamp();
  ids uuid[];
  sellers uuid[];
  prices bigint[];
  currencies text[];
BEGIN
  -- EXCEPT, because a join of the two would be planned for the rows of the first call, and carried out for many.
  SELECT array_agg(c.id), array_agg(c.seller_id), array_agg(c.price_minor), array_agg(c.currency)
    INTO ids, sellers, prices, currencies
    FROM (SELECT n.id, n.seller_id, n.price_minor, n.currency FROM after n
          EXCEPT
          SELECT o.id, o.seller_id, o.price_minor, o.currency FROM before o) c;
  IF ids IS NULL THEN
    RETURN NULL;
  END IF;
  -- A clock that was set back makes no price end before its start.
  UPDATE catalog.price r
     SET ends_at = greatest(r.starts_at, moment)
    FROM unnest(ids) AS c (id)
   WHERE r.variant_id = c.id AND r.ends_at > moment AND r.price_list_id IS NULL AND NOT r.is_scheduled;
  INSERT INTO catalog.price (seller_id, variant_id, price_minor, currency, starts_at)
  SELECT c.seller_id, c.id, c.price_minor, c.currency, moment
    FROM unnest(ids, sellers, prices, currencies) AS c (id, seller_id, price_minor, currency);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.record_changed_prices() IS
  'Ends the present prices of the variants whose prices a statement has changed, and begins the next ones.';

CREATE FUNCTION catalog.variant_document(v catalog.variant, price_minor bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT format(
           '{"id":"%s","sku":%s,"title":%s,"options":%s,"price":{"amountMinor":%s,"currency":"%s"}%s}',
           v.id, to_json(v.sku), to_json(v.title), v.options, price_minor, v.currency,
           CASE WHEN v.is_digital THEN ',"isDigital":true' END)
$$;
COMMENT ON FUNCTION catalog.variant_document(catalog.variant, bigint) IS
  'A variant with a price as the API''s JSON, as shoppers see it.';

CREATE OR REPLACE FUNCTION catalog.variants_now(
  product uuid, OUT price_minor bigint, OUT currency text, OUT variants json)
LANGUAGE sql VOLATILE
AS $$
  SELECT min(n.price_minor), min(v.currency),
         coalesce(
           ('[' || string_agg(catalog.variant_document(v, n.price_minor), ',' ORDER BY v.position) || ']')::json, '[]')
    FROM catalog.variant v
   CROSS JOIN LATERAL (
     SELECT coalesce((SELECT r.price_minor
                        FROM catalog.price r
                       WHERE r.variant_id = v.id AND r.price_list_id IS NULL AND r.is_scheduled
                         AND r.currency = v.currency
                         AND r.starts_at <= clock_timestamp() AND r.ends_at > clock_timestamp()
                       LIMIT 1), v.price_minor) AS price_minor) n
   WHERE v.product_id = product
$$;

CREATE FUNCTION catalog.renew_variants(products uuid[], written uuid[]) RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.product p
     SET price_minor = n.price_minor, currency = n.currency, variants = n.variants,
         version = p.version + CASE WHEN p.id = ANY (written) THEN 0 ELSE 1 END, updated_at = clock_timestamp()
    FROM (SELECT v.product_id, min(w.price_minor) AS price_minor, min(v.currency) AS currency,
                 ('[' || string_agg(catalog.variant_document(v, w.price_minor), ',' ORDER BY v.position) || ']')::json
                   AS variants
            FROM catalog.variant v
           CROSS JOIN LATERAL (
             SELECT coalesce((SELECT r.price_minor
                                FROM catalog.price r
                               WHERE r.variant_id = v.id AND r.price_list_id IS NULL AND r.is_scheduled
                                 AND r.currency = v.currency
                                 AND r.starts_at <= clock_timestamp() AND r.ends_at > clock_timestamp()
                               LIMIT 1), v.price_minor) AS price_minor) w
           WHERE v.product_id = ANY (products)
           GROUP BY v.product_id) n
   WHERE p.id = n.product_id
$$;
COMMENT ON FUNCTION catalog.renew_variants(uuid[], uuid[]) IS
  'Writes the variants of products that have some, and the price of the cheapest one, into the products, and moves the '
  'versions of those that the transaction has not written already. It has locked them.';

-- ALTER TABLE and triggers, behind which others wait, come last.

-- The prices of all variants of a page may change at once: then the new rows have room beside the old ones, and no
-- index changes.
ALTER TABLE catalog.variant SET (fillfactor = 50);

-- Only a change that is not allowed costs a call.
CREATE OR REPLACE TRIGGER price_keeps_its_past BEFORE UPDATE ON catalog.price
  FOR EACH ROW WHEN (
    (OLD.id, OLD.seller_id, OLD.variant_id, OLD.price_list_id, OLD.quantity_min, OLD.price_minor, OLD.currency,
     OLD.is_scheduled, OLD.starts_at)
    IS DISTINCT FROM
    (NEW.id, NEW.seller_id, NEW.variant_id, NEW.price_list_id, NEW.quantity_min, NEW.price_minor, NEW.currency,
     NEW.is_scheduled, NEW.starts_at)
    OR NEW.ends_at <> OLD.ends_at AND least(NEW.ends_at, OLD.ends_at) < now())
  EXECUTE FUNCTION catalog.keep_past('ends_at');
CREATE TRIGGER price_is_not_deleted BEFORE DELETE ON catalog.price
  FOR EACH ROW EXECUTE FUNCTION catalog.keep_past('ends_at');

DROP TRIGGER variant_changes_price ON catalog.variant;
CREATE TRIGGER variant_changes_price AFTER UPDATE ON catalog.variant REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.record_changed_prices();
