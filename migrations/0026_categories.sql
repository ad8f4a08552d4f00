-- fastshop: compatible
-- The platform changes the tree of categories; former addresses lead to what has moved; counts are right at once.

-- ALTER TABLE, behind which all readers wait, comes after what takes long.

CREATE FUNCTION catalog.lock_tree() RETURNS void
LANGUAGE sql
AS $$ SELECT pg_advisory_xact_lock(hashtext('catalog.category')) $$;
COMMENT ON FUNCTION catalog.lock_tree() IS
  'Lets one transaction change the tree of categories, and no other one change it or put products on shelves.';

CREATE FUNCTION catalog.lock_tree_shared() RETURNS void
LANGUAGE sql
AS $$ SELECT pg_advisory_xact_lock_shared(hashtext('catalog.category')) $$;
COMMENT ON FUNCTION catalog.lock_tree_shared() IS
  'Keeps the tree of categories as it is until the transaction ends. Whoever puts products on shelves holds it, '
  'because the shelves follow from the lineages of categories. Any number of transactions hold it at the same time.';

CREATE FUNCTION catalog.keep_tree() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM catalog.lock_tree_shared();
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.keep_tree() IS
  'Takes the shared lock on the tree before a statement locks the key of a category. A move holds the exclusive lock '
  'and then waits for such keys: in the other order, the two would wait for each other.';

CREATE TRIGGER product_keeps_tree BEFORE INSERT OR UPDATE OF category_id ON catalog.product
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_tree();

CREATE TABLE catalog.former_slug (
  kind text NOT NULL,
  slug text COLLATE "C" NOT NULL,
  resource_id uuid NOT NULL,
  replaced_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT former_slug_pkey PRIMARY KEY (kind, slug),
  CONSTRAINT former_slug_kind_is_known CHECK (kind IN ('product', 'category'))
);
COMMENT ON TABLE catalog.former_slug IS
  'Addresses that products and categories had. One that something else has now is found there first.';
COMMENT ON COLUMN catalog.former_slug.kind IS 'product or category.';
COMMENT ON COLUMN catalog.former_slug.slug IS 'The slug of a product, or the path of a category.';
COMMENT ON COLUMN catalog.former_slug.resource_id IS 'The resource that had it last.';
COMMENT ON COLUMN catalog.former_slug.replaced_at IS 'When the resource got another one.';
CREATE INDEX former_slug_of_resource ON catalog.former_slug (resource_id);

CREATE FUNCTION catalog.remember_slug() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  kept_max CONSTANT int := 50;
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM catalog.former_slug f WHERE f.resource_id = OLD.id;
    RETURN NULL;
  END IF;
  INSERT INTO catalog.former_slug (kind, slug, resource_id)
  VALUES (TG_ARGV[0], CASE TG_ARGV[0] WHEN 'category' THEN to_jsonb(OLD) ->> 'path' ELSE OLD.slug END, OLD.id)
      ON CONFLICT ON CONSTRAINT former_slug_pkey
      DO UPDATE SET resource_id = excluded.resource_id, replaced_at = excluded.replaced_at;
  DELETE FROM catalog.former_slug f
   WHERE (f.kind, f.slug) IN (
           SELECT o.kind, o.slug
             FROM catalog.former_slug o
            WHERE o.resource_id = OLD.id
            ORDER BY o.replaced_at DESC, o.slug
           OFFSET kept_max);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.remember_slug() IS
  'Records the address that a row of the kind in its argument had, and forgets those before its last 50. Forgets all '
  'of a row that is deleted.';

CREATE TRIGGER category_remembers_path AFTER UPDATE OF path ON catalog.category
  FOR EACH ROW WHEN (OLD.path <> NEW.path) EXECUTE FUNCTION catalog.remember_slug('category');
CREATE TRIGGER category_forgets_paths AFTER DELETE ON catalog.category
  FOR EACH ROW EXECUTE FUNCTION catalog.remember_slug('category');

CREATE TRIGGER product_remembers_slug AFTER UPDATE OF slug ON catalog.product
  FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION catalog.remember_slug('product');
CREATE TRIGGER product_forgets_slugs AFTER DELETE ON catalog.product
  FOR EACH ROW EXECUTE FUNCTION catalog.remember_slug('product');

CREATE TABLE catalog.category_count (
  category_id uuid NOT NULL,
  part int NOT NULL,
  products bigint NOT NULL,
  CONSTRAINT category_count_pkey PRIMARY KEY (category_id, part),
  CONSTRAINT category_count_not_negative CHECK (products >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE catalog.category_count IS
  'The active products of each category''s subtree: the sum of its parts. There are several, so that changes of '
  'different products rarely wait for each other at the root. A trigger on catalog.shelf keeps them true.';
COMMENT ON COLUMN catalog.category_count.category_id IS 'The category.';
COMMENT ON COLUMN catalog.category_count.part IS 'From 0 to 7: see catalog.count_part.';
COMMENT ON COLUMN catalog.category_count.products IS 'How many products of this part are in its subtree.';

CREATE FUNCTION catalog.count_part(product uuid) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT get_byte(uuid_send(product), 15) % 8 $$;
COMMENT ON FUNCTION catalog.count_part(uuid) IS 'The part of catalog.category_count in which a product is counted.';

CREATE FUNCTION catalog.count_shelved() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO catalog.category_count AS n (category_id, part, products)
    SELECT h.category_id, catalog.count_part(h.product_id), count(*)
      FROM changed h
     GROUP BY 1, 2
     ORDER BY 1, 2
        ON CONFLICT ON CONSTRAINT category_count_pkey DO UPDATE SET products = n.products + excluded.products;
  ELSE
    UPDATE catalog.category_count n
       SET products = n.products - gone.products
      FROM (SELECT h.category_id, catalog.count_part(h.product_id) AS part, count(*) AS products
              FROM changed h
             GROUP BY 1, 2) gone
     WHERE n.category_id = gone.category_id AND n.part = gone.part;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.count_shelved() IS
  'Counts the products that a statement has put on shelves, or taken off them.';

CREATE TRIGGER shelf_counts_added AFTER INSERT ON catalog.shelf REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.count_shelved();
CREATE TRIGGER shelf_counts_removed AFTER DELETE ON catalog.shelf REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.count_shelved();

CREATE OR REPLACE FUNCTION catalog.count_products() RETURNS void
LANGUAGE sql
AS $$
  SELECT catalog.lock_tree();
  DELETE FROM catalog.category_count;
  INSERT INTO catalog.category_count (category_id, part, products)
  SELECT h.category_id, catalog.count_part(h.product_id), count(*) FROM catalog.shelf h GROUP BY 1, 2;
  UPDATE catalog.category c
     SET product_count = counted.products
    FROM (SELECT c.id, coalesce(sum(n.products), 0) AS products
            FROM catalog.category c LEFT JOIN catalog.category_count n ON n.category_id = c.id
           GROUP BY c.id) counted
   WHERE counted.id = c.id AND c.product_count <> counted.products
$$;
COMMENT ON FUNCTION catalog.count_products() IS
  'Counts the active products of every category''s subtree anew, after shelves were filled without their triggers.';
SELECT catalog.count_products();

ALTER TABLE catalog.category ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE catalog.category ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN catalog.category.version IS 'Grows by 1 with each change of the category or its place: the etag.';
COMMENT ON COLUMN catalog.category.updated_at IS 'When it changed last.';
COMMENT ON COLUMN catalog.category.product_count IS
  'Active products in its subtree when count_products() ran last. catalog.category_count has the present number.';

CREATE OR REPLACE FUNCTION catalog.shelve_products(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  SELECT catalog.lock_tree_shared();

  -- The counts that will change. Everybody locks them in this order: what comes to one shelf and goes from another does
  -- not meet its opposite in a deadlock.
  SELECT FROM catalog.category_count n
   WHERE (n.category_id, n.part) IN (
           SELECT category_id, catalog.count_part(product_id)
             FROM (SELECT above.id AS category_id, p.id AS product_id
                     FROM catalog.product p
                     JOIN catalog.category c ON c.id = p.category_id
                    CROSS JOIN LATERAL unnest(c.lineage) AS above (id)
                    WHERE p.id = ANY (shelve_products.products) AND p.status = 'active') wanted
             FULL JOIN (SELECT h.category_id, h.product_id
                          FROM catalog.shelf h
                         WHERE h.product_id = ANY (shelve_products.products)) present
                  USING (category_id, product_id)
            WHERE wanted.product_id IS NULL OR present.product_id IS NULL)
   ORDER BY n.category_id, n.part
     FOR NO KEY UPDATE;

  WITH wanted AS MATERIALIZED (
    SELECT above.id AS category_id, p.id AS product_id, p.seller_id, p.brand, p.price_minor, p.rating_score,
           p.units_sold, p.published_at
      FROM catalog.product p
      JOIN catalog.category c ON c.id = p.category_id
     CROSS JOIN LATERAL unnest(c.lineage) AS above (id)
     WHERE p.id = ANY (products) AND p.status = 'active'
  ), gone AS (
    DELETE FROM catalog.shelf h
     WHERE h.product_id = ANY (products)
       AND NOT EXISTS (SELECT FROM wanted w WHERE w.category_id = h.category_id AND w.product_id = h.product_id)
  )
  INSERT INTO catalog.shelf AS h
         (category_id, product_id, seller_id, brand, price_minor, rating_score, units_sold, published_at)
  SELECT w.* FROM wanted w ORDER BY w.category_id, w.product_id
      ON CONFLICT ON CONSTRAINT shelf_pkey DO UPDATE
         SET seller_id = excluded.seller_id, brand = excluded.brand, price_minor = excluded.price_minor,
             rating_score = excluded.rating_score, units_sold = excluded.units_sold,
             published_at = excluded.published_at
       WHERE (h.seller_id, h.brand, h.price_minor, h.rating_score, h.units_sold, h.published_at)
             IS DISTINCT FROM (excluded.seller_id, excluded.brand, excluded.price_minor, excluded.rating_score,
                               excluded.units_sold, excluded.published_at)
$$;
COMMENT ON FUNCTION catalog.shelve_products(uuid[]) IS
  'Puts these products on the shelves they belong on, and takes them off all others. Rows that are right already stay. '
  'A transaction that has locked the products calls it once, for all that it changes.';

CREATE FUNCTION catalog.place_category(category uuid, parent uuid, name text, place int) RETURNS void
LANGUAGE sql
AS $$
  WITH RECURSIVE sibling AS (
    SELECT c.id, c.position AS former, row_number() OVER (ORDER BY c.position, c.id)::int AS number
      FROM catalog.category c
     WHERE c.parent_id IS NOT DISTINCT FROM parent AND c.id <> category
  ), target AS (
    SELECT CASE WHEN place BETWEEN 1 AND count(*) THEN place ELSE count(*)::int + 1 END AS position FROM sibling
  ), child AS (
    SELECT s.id, s.number + (s.number >= t.position)::int AS position
      FROM sibling s, target t
     WHERE s.former <> s.number + (s.number >= t.position)::int
     UNION ALL
    SELECT category, t.position FROM target t
  ), tree AS (
    SELECT c.id, parent AS parent_id, own.slug, w.position,
           coalesce(p.lineage, '{}') || c.id AS lineage,
           concat_ws('/', p.path, own.slug) AS path,
           concat_ws('.', p.place, lpad(w.position::text, 4, '0')) AS place
      FROM child w
      JOIN catalog.category c ON c.id = w.id
     CROSS JOIN LATERAL (SELECT CASE WHEN c.id = category THEN name ELSE c.slug END AS slug) own
      LEFT JOIN catalog.category p ON p.id = parent
     UNION ALL
    SELECT c.id, c.parent_id, c.slug, c.position, t.lineage || c.id, t.path || '/' || c.slug,
           t.place || '.' || lpad(c.position::text, 4, '0')
      FROM tree t
      JOIN catalog.category c ON c.parent_id = t.id AND c.id <> category
  )
  UPDATE catalog.category c
     SET parent_id = t.parent_id, slug = t.slug, position = t.position, lineage = t.lineage, path = t.path,
         place = t.place, version = c.version + 1, updated_at = clock_timestamp()
    FROM tree t
   WHERE t.id = c.id
     AND (c.parent_id, c.slug, c.position, c.lineage, c.path, c.place)
         IS DISTINCT FROM (t.parent_id, t.slug, t.position, t.lineage, t.path, t.place)
$$;
COMMENT ON FUNCTION catalog.place_category(uuid, uuid, text, int) IS
  'Makes a category the child of a parent, or of none, under a name, in the given place among its siblings (0 for the '
  'last), and writes what follows for its subtree and for those of the siblings that it moves. The caller holds '
  'lock_tree().';

CREATE FUNCTION catalog.close_gap(parent uuid, leaving uuid) RETURNS void
LANGUAGE sql
AS $$
  WITH RECURSIVE child AS (
    SELECT c.id, row_number() OVER (ORDER BY c.position, c.id)::int AS position, c.position AS former
      FROM catalog.category c
     WHERE c.parent_id IS NOT DISTINCT FROM parent AND c.id <> leaving
  ), tree AS (
    SELECT w.id, w.position, concat_ws('.', p.place, lpad(w.position::text, 4, '0')) AS place
      FROM child w
      LEFT JOIN catalog.category p ON p.id = parent
     WHERE w.position <> w.former
     UNION ALL
    SELECT c.id, c.position, t.place || '.' || lpad(c.position::text, 4, '0')
      FROM tree t
      JOIN catalog.category c ON c.parent_id = t.id
  )
  UPDATE catalog.category c
     SET position = t.position, place = t.place, version = c.version + 1, updated_at = clock_timestamp()
    FROM tree t
   WHERE t.id = c.id
$$;
COMMENT ON FUNCTION catalog.close_gap(uuid, uuid) IS
  'Numbers the children of a parent, or of none, from 1 without the one that leaves, and writes what follows for their '
  'subtrees. The caller holds lock_tree().';
