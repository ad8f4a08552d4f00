-- fastshop: compatible
-- Users apply to sell, staff decide, and shops have a page with the trader behind them, holidays and suspensions.

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

-- Writes of the module that runs the sellers. What a product's message says of its seller, and whether it is shown,
-- moves the version of the product in the same transaction.

CREATE FUNCTION catalog.move_products_of_seller(seller uuid) RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.product SET version = version + 1, updated_at = now() WHERE seller_id = seller AND status = 'active'
$$;
COMMENT ON FUNCTION catalog.move_products_of_seller(uuid) IS
  'Gives the active products of a seller another version, because what is shown of them changes.';

CREATE FUNCTION catalog.add_seller(seller uuid, slug text, name text) RETURNS void
LANGUAGE sql
AS $$ INSERT INTO catalog.seller (id, slug, name) VALUES (seller, slug, name) $$;
COMMENT ON FUNCTION catalog.add_seller(uuid, text, text) IS
  'Adds a seller. A taken slug breaks seller_slug_key. For the module that runs the sellers.';

CREATE FUNCTION catalog.rename_seller(seller uuid, new_name text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE catalog.seller s SET name = new_name WHERE s.id = seller AND s.name <> new_name;
  IF FOUND THEN PERFORM catalog.move_products_of_seller(seller); END IF;
END
$$;
COMMENT ON FUNCTION catalog.rename_seller(uuid, text) IS
  'Sets the name of a seller as shoppers read it. For the module that runs the sellers.';

CREATE FUNCTION catalog.hide_seller(seller uuid, hidden boolean) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE catalog.seller s SET is_hidden = hidden WHERE s.id = seller AND s.is_hidden <> hidden;
  IF FOUND THEN PERFORM catalog.move_products_of_seller(seller); END IF;
END
$$;
COMMENT ON FUNCTION catalog.hide_seller(uuid, boolean) IS
  'Hides the products of a seller from shoppers, or shows them again. For the module that runs the sellers.';

-- Shops and applications.

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
