-- fastshop: compatible
-- Users apply to sell, staff decide, and shops have a page with the trader behind them, holidays and suspensions.

CREATE SCHEMA sellers;
COMMENT ON SCHEMA sellers IS 'Who may sell, and how shops present themselves. Other modules use its functions.';

CREATE TABLE sellers.shop (
  seller_id uuid NOT NULL,
  description text NOT NULL DEFAULT '',
  trader json,
  state text NOT NULL DEFAULT 'active',
  suspension_reason text NOT NULL DEFAULT '',
  holiday_start timestamptz,
  holiday_end timestamptz,
  holiday_note text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT shop_pkey PRIMARY KEY (seller_id),
  CONSTRAINT shop_description_is_bounded CHECK (length(description) <= 5000),
  CONSTRAINT shop_trader_is_bounded CHECK (octet_length(trader::text) <= 16384),
  CONSTRAINT shop_state_is_known CHECK (state IN ('active', 'suspended')),
  CONSTRAINT shop_reason_is_of_a_suspension CHECK (state = 'suspended' OR suspension_reason = ''),
  CONSTRAINT shop_reason_is_short CHECK (length(suspension_reason) <= 500),
  CONSTRAINT shop_holiday_is_whole CHECK ((holiday_start IS NULL) = (holiday_end IS NULL)),
  CONSTRAINT shop_holiday_ends_after_its_start CHECK (holiday_end > holiday_start),
  CONSTRAINT shop_holiday_note_is_short CHECK (length(holiday_note) <= 500)
);
COMMENT ON TABLE sellers.shop IS 'The shop of each seller. Its name and its slug are in the catalogue.';
COMMENT ON COLUMN sellers.shop.seller_id IS 'The seller, as in the catalogue.';
COMMENT ON COLUMN sellers.shop.description IS 'What the shop is about, in plain text.';
COMMENT ON COLUMN sellers.shop.trader IS
  'The trader behind the shop in the API''s JSON: public, as the law asks. Null where it is not recorded.';
COMMENT ON COLUMN sellers.shop.state IS 'active or suspended.';
COMMENT ON COLUMN sellers.shop.suspension_reason IS 'Why it is suspended, for its team; empty while it is active.';
COMMENT ON COLUMN sellers.shop.holiday_start IS 'When its holiday begins; null without one.';
COMMENT ON COLUMN sellers.shop.holiday_end IS 'When its holiday ends; null without one.';
COMMENT ON COLUMN sellers.shop.holiday_note IS 'What shoppers read about the holiday.';
COMMENT ON COLUMN sellers.shop.version IS 'Grows by 1 with each change of what the API shows; the etag.';
COMMENT ON COLUMN sellers.shop.created_at IS 'When the seller joined.';
COMMENT ON COLUMN sellers.shop.updated_at IS 'When it last changed.';
CREATE INDEX shop_by_state ON sellers.shop (state, seller_id);

INSERT INTO sellers.shop (seller_id, created_at, updated_at)
SELECT s.id, s.created_at, s.created_at FROM catalog.seller s;

CREATE TABLE sellers.application (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  applicant_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'submitted',
  slug text NOT NULL,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  sealed bytea NOT NULL,
  reason text NOT NULL DEFAULT '',
  seller_id uuid,
  decided_by uuid,
  decided_at timestamptz,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT application_pkey PRIMARY KEY (id),
  CONSTRAINT application_state_is_known CHECK (state IN ('submitted', 'approved', 'rejected')),
  CONSTRAINT application_slug_is_a_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  CONSTRAINT application_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT application_description_is_bounded CHECK (length(description) <= 5000),
  CONSTRAINT application_sealed_is_bounded CHECK (octet_length(sealed) <= 32768),
  CONSTRAINT application_reason_is_of_a_rejection CHECK ((reason <> '') = (state = 'rejected')),
  CONSTRAINT application_reason_is_short CHECK (length(reason) <= 500),
  CONSTRAINT application_approved_has_a_seller CHECK ((seller_id IS NOT NULL) = (state = 'approved')),
  CONSTRAINT application_decided_has_a_time CHECK ((decided_at IS NOT NULL) = (state <> 'submitted'))
);
COMMENT ON TABLE sellers.application IS 'Applications of users to sell, and what staff decided.';
COMMENT ON COLUMN sellers.application.id IS 'UUID of version 7.';
COMMENT ON COLUMN sellers.application.applicant_id IS 'The user who applies.';
COMMENT ON COLUMN sellers.application.state IS 'submitted, approved or rejected.';
COMMENT ON COLUMN sellers.application.slug IS 'The slug that the applicant asks for.';
COMMENT ON COLUMN sellers.application.name IS 'The name of the shop.';
COMMENT ON COLUMN sellers.application.description IS 'What the shop is about, in plain text.';
COMMENT ON COLUMN sellers.application.sealed IS 'The trader in the API''s JSON, sealed: nothing of it is public yet.';
COMMENT ON COLUMN sellers.application.reason IS 'Why it was rejected; empty otherwise.';
COMMENT ON COLUMN sellers.application.seller_id IS 'The seller that it became; null unless it is approved.';
COMMENT ON COLUMN sellers.application.decided_by IS 'Who decided; null before.';
COMMENT ON COLUMN sellers.application.decided_at IS 'When it was decided; null before.';
COMMENT ON COLUMN sellers.application.version IS 'Grows by 1 with each change; the etag.';
COMMENT ON COLUMN sellers.application.created_at IS 'When it was submitted.';
CREATE UNIQUE INDEX application_waiting ON sellers.application (applicant_id) WHERE state = 'submitted';
CREATE INDEX application_of_applicant ON sellers.application (applicant_id, id);
CREATE INDEX application_by_state ON sellers.application (state, id);

-- The catalogue. ALTER TABLE, behind which all readers wait, comes after what reads tables.

-- The catalogue keeps the sellers that its products name. Whoever runs the sellers tells it which of them are hidden.

ALTER TABLE catalog.seller ADD COLUMN is_hidden boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN catalog.seller.is_hidden IS
  'Whether shoppers see none of its products, whatever the products'' own state is: while it is suspended or away.';

CREATE VIEW catalog.seller_entry AS
SELECT s.id, s.slug, s.name, s.is_hidden, s.created_at FROM catalog.seller s;
COMMENT ON VIEW catalog.seller_entry IS 'The sellers, for other modules.';

CREATE OR REPLACE VIEW catalog.product_sight AS
SELECT p.id, p.seller_id, p.status = 'active' AND NOT s.is_hidden AS is_on_sale
  FROM catalog.product p JOIN catalog.seller s ON s.id = p.seller_id;

CREATE OR REPLACE FUNCTION catalog.subjects_of_product(product uuid) RETURNS uuid[]
LANGUAGE sql STABLE
AS $$
  SELECT c.lineage
         || CASE WHEN p.status = 'active' AND NOT s.is_hidden THEN '{}'
                 ELSE ARRAY['00000000-0000-7000-8000-000000000001'] END::uuid[]
    FROM catalog.product p
    JOIN catalog.seller s ON s.id = p.seller_id
    JOIN catalog.category c ON c.id = p.category_id
   WHERE p.id = product
$$;

CREATE OR REPLACE FUNCTION catalog.products_on_shelf(category uuid, since uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE
AS $$
  SELECT h.product_id
    FROM catalog.shelf h JOIN catalog.seller s ON s.id = h.seller_id
   WHERE h.category_id = category AND h.product_id >= since AND NOT s.is_hidden
$$;

-- The counts of categories leave the products of hidden sellers out. The shelves keep them, so that a seller is hidden
-- and shown again by one row and by some counts, however many products there are; whoever reads shelves looks at
-- is_hidden. The order of locks is: the tree, shared; products; sellers; counts in the order of category and part.

CREATE FUNCTION catalog.keep_sellers(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  SELECT FROM catalog.seller s
   WHERE s.id IN (SELECT p.seller_id FROM catalog.product p WHERE p.id = ANY (products))
   ORDER BY s.id
     FOR SHARE
$$;
COMMENT ON FUNCTION catalog.keep_sellers(uuid[]) IS
  'Keeps the sellers of these products hidden, or shown, until the transaction ends. Whoever puts products on shelves '
  'holds them, because the counts follow from it. Any number of transactions hold them at the same time.';

CREATE OR REPLACE FUNCTION catalog.count_shelved() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO catalog.category_count AS n (category_id, part, products)
    SELECT h.category_id, catalog.count_part(h.product_id), count(*)
      FROM changed h JOIN catalog.seller s ON s.id = h.seller_id
     WHERE NOT s.is_hidden
     GROUP BY 1, 2
     ORDER BY 1, 2
        ON CONFLICT ON CONSTRAINT category_count_pkey DO UPDATE SET products = n.products + excluded.products;
  ELSE
    UPDATE catalog.category_count n
       SET products = n.products - gone.products
      FROM (SELECT h.category_id, catalog.count_part(h.product_id) AS part, count(*) AS products
              FROM changed h JOIN catalog.seller s ON s.id = h.seller_id
             WHERE NOT s.is_hidden
             GROUP BY 1, 2) gone
     WHERE n.category_id = gone.category_id AND n.part = gone.part;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.count_shelved() IS
  'Counts the products that a statement has put on shelves, or taken off them, without those of hidden sellers. No '
  'seller is hidden or shown meanwhile: the transaction holds lock_tree(), or lock_tree_shared() and keep_sellers().';

CREATE OR REPLACE FUNCTION catalog.count_products() RETURNS void
LANGUAGE sql
AS $$
  SELECT catalog.lock_tree();
  DELETE FROM catalog.category_count;
  INSERT INTO catalog.category_count (category_id, part, products)
  SELECT h.category_id, catalog.count_part(h.product_id), count(*)
    FROM catalog.shelf h JOIN catalog.seller s ON s.id = h.seller_id
   WHERE NOT s.is_hidden
   GROUP BY 1, 2;
  UPDATE catalog.category c
     SET product_count = counted.products
    FROM (SELECT c.id, coalesce(sum(n.products), 0) AS products
            FROM catalog.category c LEFT JOIN catalog.category_count n ON n.category_id = c.id
           GROUP BY c.id) counted
   WHERE counted.id = c.id AND c.product_count <> counted.products
$$;

CREATE OR REPLACE FUNCTION catalog.shelve_products(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  SELECT catalog.lock_tree_shared();
  SELECT catalog.keep_sellers(products);

  -- The counts that will change. Everybody locks them in this order: what comes to one shelf and goes from another does
  -- not meet its opposite in a deadlock.
  SELECT FROM catalog.category_count n
   WHERE (n.category_id, n.part) IN (
           SELECT category_id, catalog.count_part(product_id)
             FROM (SELECT above.id AS category_id, p.id AS product_id
                     FROM catalog.product p
                     JOIN catalog.seller s ON s.id = p.seller_id
                     JOIN catalog.category c ON c.id = p.category_id
                    CROSS JOIN LATERAL unnest(c.lineage) AS above (id)
                    WHERE p.id = ANY (shelve_products.products) AND p.status = 'active' AND NOT s.is_hidden) wanted
             FULL JOIN (SELECT h.category_id, h.product_id
                          FROM catalog.shelf h
                          JOIN catalog.seller s ON s.id = h.seller_id
                         WHERE h.product_id = ANY (shelve_products.products) AND NOT s.is_hidden) present
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

COMMENT ON TABLE catalog.shelf IS
  'Every active product, once for its category and once for each one above: a subtree in any order is one range of '
  'one index. Products of hidden sellers stay, and shoppers do not see them. Derived; shelve_products() writes it.';
COMMENT ON TABLE catalog.category_count IS
  'The active products of each category''s subtree, without those of hidden sellers: the sum of its parts. There are '
  'several, so that changes of different products rarely wait for each other at the root. A trigger on catalog.shelf '
  'and hide_seller() keep them true.';

CREATE FUNCTION catalog.counts_of_seller(seller uuid)
RETURNS TABLE (category_id uuid, part int, products bigint)
LANGUAGE sql STABLE
AS $$
  -- The products are counted by their own categories first: their shelves, of which each has several, are not read.
  SELECT above.id, own.part, sum(own.products)::bigint
    FROM (SELECT p.category_id, catalog.count_part(p.id) AS part, count(*) AS products
            FROM catalog.product p
           WHERE p.seller_id = seller AND p.status = 'active'
           GROUP BY 1, 2) own
    JOIN catalog.category c ON c.id = own.category_id
   CROSS JOIN LATERAL unnest(c.lineage) AS above (id)
   GROUP BY 1, 2
$$;
COMMENT ON FUNCTION catalog.counts_of_seller(uuid) IS
  'What the products of a seller are in catalog.category_count while the seller is not hidden. The transaction holds '
  'lock_tree_shared() and the row of the seller, so that the shelves are what status and lineage say.';

-- Writes of the module that runs the sellers.

CREATE FUNCTION catalog.add_seller(seller uuid, slug text, name text) RETURNS void
LANGUAGE sql
AS $$ INSERT INTO catalog.seller (id, slug, name) VALUES (seller, slug, name) $$;
COMMENT ON FUNCTION catalog.add_seller(uuid, text, text) IS
  'Adds a seller. A taken slug breaks seller_slug_key. For the module that runs the sellers.';

CREATE FUNCTION catalog.rename_seller(seller uuid, new_name text) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM catalog.seller s WHERE s.id = seller AND s.name <> new_name) THEN
    RETURN false;
  END IF;
  -- The same transaction may hide or show the seller.
  PERFORM catalog.lock_tree_shared();
  UPDATE catalog.seller s SET name = new_name WHERE s.id = seller AND s.name <> new_name;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION catalog.rename_seller(uuid, text) IS
  'Sets the name of a seller as shoppers read it, and says whether it was another one: then renew_products() follows. '
  'For the module that runs the sellers.';

CREATE FUNCTION catalog.hide_seller(seller uuid, hidden boolean) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM catalog.seller s WHERE s.id = seller AND s.is_hidden <> hidden) THEN
    RETURN false;
  END IF;
  PERFORM catalog.lock_tree_shared();
  UPDATE catalog.seller s SET is_hidden = hidden WHERE s.id = seller AND s.is_hidden <> hidden;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- Nobody puts a product of the seller on a shelf now, or takes one off.
  IF hidden THEN
    WITH locked AS MATERIALIZED (
      SELECT n.category_id, n.part, own.products
        FROM catalog.category_count n
        JOIN catalog.counts_of_seller(seller) own ON own.category_id = n.category_id AND own.part = n.part
       ORDER BY n.category_id, n.part
         FOR NO KEY UPDATE OF n
    )
    UPDATE catalog.category_count n
       SET products = n.products - l.products
      FROM locked l
     WHERE n.category_id = l.category_id AND n.part = l.part;
  ELSE
    INSERT INTO catalog.category_count AS n (category_id, part, products)
    SELECT own.category_id, own.part, own.products FROM catalog.counts_of_seller(seller) own ORDER BY 1, 2
        ON CONFLICT ON CONSTRAINT category_count_pkey DO UPDATE SET products = n.products + excluded.products;
  END IF;
  RETURN true;
END
$$;
COMMENT ON FUNCTION catalog.hide_seller(uuid, boolean) IS
  'Hides the products of a seller from shoppers, or shows them again, at once: they are in no list, and in no count. '
  'Says whether that changed anything: then renew_products() follows. For the module that runs the sellers.';

CREATE FUNCTION catalog.renew_products(
  seller uuid, since timestamptz, after uuid, most int, OUT last_published_at timestamptz, OUT last_id uuid)
LANGUAGE plpgsql
AS $$
DECLARE
  batch uuid[];
BEGIN
  SELECT array_agg(b.id ORDER BY b.id), max(b.published_at),
         (array_agg(b.id ORDER BY b.published_at DESC, b.id DESC))[1]
    INTO batch, last_published_at, last_id
    FROM (SELECT p.id, p.published_at
            FROM catalog.product p
           WHERE p.seller_id = seller AND p.status = 'active'
             AND (p.published_at, p.id)
                 > (coalesce(since, '-infinity'), coalesce(after, '00000000-0000-0000-0000-000000000000'))
           ORDER BY p.published_at, p.id
           LIMIT most) b;
  PERFORM FROM catalog.product p WHERE p.id = ANY (batch) ORDER BY p.id FOR NO KEY UPDATE;
  UPDATE catalog.product p SET version = p.version + 1, updated_at = now() WHERE p.id = ANY (batch);
END
$$;
COMMENT ON FUNCTION catalog.renew_products(uuid, timestamptz, uuid, int) IS
  'Gives active products of a seller another version, because what is shown of them has changed: the oldest ones after '
  'a position, so many of them. Returns the position of the last one; null after the last. For the module that runs '
  'the sellers.';
