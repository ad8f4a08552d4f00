-- Coupons of the platform and of sellers, their codes, and the orders that use them.
-- fastshop: compatible

CREATE SCHEMA promotions;
COMMENT ON SCHEMA promotions IS 'Coupons and what they take off.';

CREATE TABLE promotions.coupon (
  id uuid NOT NULL,
  seller_id uuid,
  name text NOT NULL,
  code text,
  is_automatic boolean NOT NULL,
  effect jsonb NOT NULL,
  scope jsonb,
  conditions jsonb,
  start_local text,
  end_local text,
  time_zone text,
  starts_at timestamptz,
  ends_at timestamptz,
  uses_max bigint,
  uses_per_buyer_max bigint,
  is_stackable boolean NOT NULL,
  priority integer NOT NULL,
  state text NOT NULL DEFAULT 'active',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT coupon_pkey PRIMARY KEY (id),
  CONSTRAINT coupon_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT coupon_code_is_short CHECK (length(code) BETWEEN 3 AND 40),
  CONSTRAINT coupon_is_automatic_without_code CHECK (NOT is_automatic OR code IS NULL),
  CONSTRAINT coupon_effect_is_an_object CHECK (jsonb_typeof(effect) = 'object'),
  CONSTRAINT coupon_scope_is_an_object CHECK (jsonb_typeof(scope) = 'object'),
  CONSTRAINT coupon_conditions_are_an_object CHECK (jsonb_typeof(conditions) = 'object'),
  CONSTRAINT coupon_start_has_a_moment CHECK ((start_local IS NULL) = (starts_at IS NULL)),
  CONSTRAINT coupon_end_has_a_moment CHECK ((end_local IS NULL) = (ends_at IS NULL)),
  CONSTRAINT coupon_times_have_a_zone CHECK (
    time_zone IS NOT NULL OR (start_local IS NULL AND end_local IS NULL)),
  CONSTRAINT coupon_ends_after_its_start CHECK (starts_at < ends_at),
  CONSTRAINT coupon_uses_are_limited CHECK (uses_max BETWEEN 1 AND 1000000000),
  CONSTRAINT coupon_uses_per_buyer_are_limited CHECK (uses_per_buyer_max BETWEEN 1 AND 1000000),
  CONSTRAINT coupon_priority_is_a_turn CHECK (priority BETWEEN 1 AND 1000),
  CONSTRAINT coupon_state_is_known CHECK (state IN ('active', 'inactive'))
);
COMMENT ON TABLE promotions.coupon IS
  'Coupons: at most 10,000 active ones of a seller, or of the platform. Whoever changes the limits of one locks it FOR '
  'UPDATE, which waits for the orders that take a use: they hold its key.';
COMMENT ON COLUMN promotions.coupon.id IS 'UUID of version 7.';
COMMENT ON COLUMN promotions.coupon.seller_id IS
  'The seller whose goods it concerns and who bears it; NULL for the platform.';
COMMENT ON COLUMN promotions.coupon.name IS 'What shoppers read.';
COMMENT ON COLUMN promotions.coupon.code IS
  'Its own code, as in promotions.coupon_code; NULL when it has none. It never changes.';
COMMENT ON COLUMN promotions.coupon.is_automatic IS 'Whether shoppers get it without a code. It never changes.';
COMMENT ON COLUMN promotions.coupon.effect IS 'What it takes off, as the API''s JSON.';
COMMENT ON COLUMN promotions.coupon.scope IS 'The goods that it concerns, as the API''s JSON; NULL for all.';
COMMENT ON COLUMN promotions.coupon.conditions IS 'What must hold for it, as the API''s JSON; NULL for nothing.';
COMMENT ON COLUMN promotions.coupon.start_local IS
  'From when on it can be used, by the clocks of its zone: 2026-12-24T00:00; NULL for no start.';
COMMENT ON COLUMN promotions.coupon.end_local IS 'Until when, by the clocks of its zone; NULL for no end.';
COMMENT ON COLUMN promotions.coupon.time_zone IS 'Its zone, by the name in the tz database; NULL without validity.';
COMMENT ON COLUMN promotions.coupon.starts_at IS 'The moment of start_local.';
COMMENT ON COLUMN promotions.coupon.ends_at IS 'The moment of end_local; at this moment it can no longer be used.';
COMMENT ON COLUMN promotions.coupon.uses_max IS 'How often all buyers together can use it; NULL for no limit.';
COMMENT ON COLUMN promotions.coupon.uses_per_buyer_max IS 'How often each buyer can use it; NULL for no limit.';
COMMENT ON COLUMN promotions.coupon.is_stackable IS 'Whether it can be combined with others that allow it, too.';
COMMENT ON COLUMN promotions.coupon.priority IS 'Its turn among those that are combined: the smallest first.';
COMMENT ON COLUMN promotions.coupon.state IS 'active, then once and for all inactive.';
COMMENT ON COLUMN promotions.coupon.version IS 'Grows by 1 with each change: the etag.';
COMMENT ON COLUMN promotions.coupon.created_at IS 'When it was created.';
COMMENT ON COLUMN promotions.coupon.updated_at IS 'When it changed last.';
CREATE INDEX coupon_by_time ON promotions.coupon (created_at, id);
CREATE INDEX coupon_of_seller ON promotions.coupon (seller_id, created_at, id);
CREATE INDEX coupon_active ON promotions.coupon (seller_id) WHERE state = 'active';
CREATE INDEX coupon_automatic ON promotions.coupon (seller_id, priority, id) WHERE is_automatic AND state = 'active';

CREATE TABLE promotions.coupon_batch (
  id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  prefix text NOT NULL,
  wanted integer NOT NULL,
  made integer NOT NULL DEFAULT 0,
  uses_max integer NOT NULL,
  created_at timestamptz NOT NULL,
  completed_at timestamptz,
  CONSTRAINT coupon_batch_pkey PRIMARY KEY (id),
  CONSTRAINT coupon_batch_coupon_fkey FOREIGN KEY (coupon_id) REFERENCES promotions.coupon,
  CONSTRAINT coupon_batch_prefix_is_short CHECK (length(prefix) <= 12),
  CONSTRAINT coupon_batch_is_bounded CHECK (wanted BETWEEN 1 AND 100000),
  CONSTRAINT coupon_batch_makes_what_is_wanted CHECK (made BETWEEN 0 AND wanted),
  CONSTRAINT coupon_batch_uses_are_limited CHECK (uses_max BETWEEN 1 AND 1000000),
  CONSTRAINT coupon_batch_is_complete_once CHECK ((made = wanted) = (completed_at IS NOT NULL))
);
COMMENT ON TABLE promotions.coupon_batch IS 'Codes of a coupon that a job makes together.';
COMMENT ON COLUMN promotions.coupon_batch.id IS 'UUID of version 7.';
COMMENT ON COLUMN promotions.coupon_batch.coupon_id IS 'The coupon.';
COMMENT ON COLUMN promotions.coupon_batch.prefix IS 'What all codes begin with; empty for nothing.';
COMMENT ON COLUMN promotions.coupon_batch.wanted IS 'How many codes were asked for.';
COMMENT ON COLUMN promotions.coupon_batch.made IS 'How many of them exist.';
COMMENT ON COLUMN promotions.coupon_batch.uses_max IS 'How often each code can be used.';
COMMENT ON COLUMN promotions.coupon_batch.created_at IS 'When they were asked for.';
COMMENT ON COLUMN promotions.coupon_batch.completed_at IS 'When the last one was made; NULL before.';
CREATE INDEX coupon_batch_of_coupon ON promotions.coupon_batch (coupon_id);

CREATE TABLE promotions.coupon_code (
  id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  code text COLLATE "C" NOT NULL,
  batch_id uuid,
  uses_max integer,
  taken integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  CONSTRAINT coupon_code_pkey PRIMARY KEY (id),
  CONSTRAINT coupon_code_key UNIQUE (code),
  CONSTRAINT coupon_code_coupon_fkey FOREIGN KEY (coupon_id) REFERENCES promotions.coupon,
  CONSTRAINT coupon_code_batch_fkey FOREIGN KEY (batch_id) REFERENCES promotions.coupon_batch,
  CONSTRAINT coupon_code_is_normalized CHECK (code ~ '^[A-Z0-9]{3,40}$'),
  CONSTRAINT coupon_code_uses_are_limited CHECK (uses_max BETWEEN 1 AND 1000000),
  CONSTRAINT coupon_code_is_not_overused CHECK (taken BETWEEN 0 AND coalesce(uses_max, 0))
) WITH (fillfactor = 90);
COMMENT ON TABLE promotions.coupon_code IS
  'The codes by which shoppers get a coupon: at most 1,000,000 of a coupon, beside its own.';
COMMENT ON COLUMN promotions.coupon_code.id IS 'UUID of version 7.';
COMMENT ON COLUMN promotions.coupon_code.coupon_id IS 'The coupon.';
COMMENT ON COLUMN promotions.coupon_code.code IS
  'The code: upper-case letters and digits of ASCII, without separators.';
COMMENT ON COLUMN promotions.coupon_code.batch_id IS 'The batch that it was made in; NULL for the coupon''s own.';
COMMENT ON COLUMN promotions.coupon_code.uses_max IS
  'How often it can be used; NULL for no limit but those of the coupon. It never changes.';
COMMENT ON COLUMN promotions.coupon_code.taken IS
  'How many orders hold or used it; 0 where uses_max is NULL: then nobody counts.';
COMMENT ON COLUMN promotions.coupon_code.created_at IS 'When it was made.';
CREATE INDEX coupon_code_of_coupon ON promotions.coupon_code (coupon_id, id);
CREATE INDEX coupon_code_of_batch ON promotions.coupon_code (batch_id, id) WHERE batch_id IS NOT NULL;

CREATE TABLE promotions.coupon_counter (
  coupon_id uuid NOT NULL,
  taken bigint NOT NULL DEFAULT 0,
  codes integer NOT NULL DEFAULT 0,
  CONSTRAINT coupon_counter_pkey PRIMARY KEY (coupon_id),
  CONSTRAINT coupon_counter_coupon_fkey FOREIGN KEY (coupon_id) REFERENCES promotions.coupon,
  CONSTRAINT coupon_counter_taken_is_not_negative CHECK (taken >= 0),
  CONSTRAINT coupon_counter_codes_are_bounded CHECK (codes BETWEEN 0 AND 1000000)
) WITH (fillfactor = 50);
COMMENT ON TABLE promotions.coupon_counter IS
  'A narrow row for each coupon, which the orders that take a use wait for. Locked after all other rows.';
COMMENT ON COLUMN promotions.coupon_counter.coupon_id IS 'The coupon.';
COMMENT ON COLUMN promotions.coupon_counter.taken IS
  'How many orders hold or used a coupon with uses_max; without meaning where that is NULL: then nobody counts, and '
  'whoever sets it counts the uses.';
COMMENT ON COLUMN promotions.coupon_counter.codes IS 'How many codes were asked for in batches.';

CREATE TABLE promotions.coupon_buyer (
  coupon_id uuid NOT NULL,
  buyer_id uuid NOT NULL,
  taken bigint NOT NULL,
  CONSTRAINT coupon_buyer_pkey PRIMARY KEY (buyer_id, coupon_id),
  CONSTRAINT coupon_buyer_coupon_fkey FOREIGN KEY (coupon_id) REFERENCES promotions.coupon,
  CONSTRAINT coupon_buyer_taken_is_not_negative CHECK (taken >= 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE promotions.coupon_buyer IS 'How often each buyer took a coupon. Its lock keeps the limit per buyer.';
COMMENT ON COLUMN promotions.coupon_buyer.coupon_id IS 'The coupon.';
COMMENT ON COLUMN promotions.coupon_buyer.buyer_id IS
  'The user; of a guest, the first half of the blind index of the e-mail address.';
COMMENT ON COLUMN promotions.coupon_buyer.taken IS 'How many orders of the buyer hold or used it.';
CREATE INDEX coupon_buyer_of_coupon ON promotions.coupon_buyer (coupon_id);

CREATE TABLE promotions.coupon_use (
  order_id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  code_id uuid,
  buyer_id uuid NOT NULL,
  is_guest boolean NOT NULL,
  state text NOT NULL DEFAULT 'held',
  discount_minor bigint,
  currency text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT coupon_use_pkey PRIMARY KEY (order_id, coupon_id),
  CONSTRAINT coupon_use_coupon_fkey FOREIGN KEY (coupon_id) REFERENCES promotions.coupon,
  CONSTRAINT coupon_use_code_fkey FOREIGN KEY (code_id) REFERENCES promotions.coupon_code,
  CONSTRAINT coupon_use_state_is_known CHECK (state IN ('held', 'used', 'released')),
  CONSTRAINT coupon_use_ends CHECK ((state = 'held') = (ended_at IS NULL)),
  CONSTRAINT coupon_use_took_something_off CHECK (discount_minor >= 0),
  CONSTRAINT coupon_use_used_has_a_discount CHECK ((state = 'used') = (discount_minor IS NOT NULL)),
  CONSTRAINT coupon_use_discount_has_a_currency CHECK ((discount_minor IS NULL) = (currency IS NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE promotions.coupon_use IS
  'The coupons that orders take: one row for an order and a coupon. Locked first, then promotions.coupon, coupon_code, '
  'coupon_buyer and coupon_counter.';
COMMENT ON COLUMN promotions.coupon_use.order_id IS 'The order.';
COMMENT ON COLUMN promotions.coupon_use.coupon_id IS 'The coupon.';
COMMENT ON COLUMN promotions.coupon_use.code_id IS 'The code by which the buyer got it; NULL for none.';
COMMENT ON COLUMN promotions.coupon_use.buyer_id IS 'Who took it: as in promotions.coupon_buyer.';
COMMENT ON COLUMN promotions.coupon_use.is_guest IS 'Whether the buyer is a guest.';
COMMENT ON COLUMN promotions.coupon_use.state IS
  'held, then used (paid) or released. One that was released may be held again for the same order.';
COMMENT ON COLUMN promotions.coupon_use.discount_minor IS 'What it took off, in minor units; NULL until it is used.';
COMMENT ON COLUMN promotions.coupon_use.currency IS 'The currency of that.';
COMMENT ON COLUMN promotions.coupon_use.created_at IS 'When it was held.';
COMMENT ON COLUMN promotions.coupon_use.expires_at IS 'When it is released if it is still held.';
COMMENT ON COLUMN promotions.coupon_use.ended_at IS 'When it was used or released; NULL while it is held.';
CREATE INDEX coupon_use_of_coupon ON promotions.coupon_use (coupon_id, state);
CREATE INDEX coupon_use_by_expiry ON promotions.coupon_use (expires_at) WHERE state = 'held';
CREATE INDEX coupon_use_released ON promotions.coupon_use (ended_at) WHERE state = 'released';

CREATE TABLE promotions.coupon_total (
  coupon_id uuid NOT NULL,
  currency text NOT NULL,
  shard smallint NOT NULL,
  orders bigint NOT NULL,
  discount_minor numeric(30, 0) NOT NULL,
  order_minor numeric(30, 0) NOT NULL,
  CONSTRAINT coupon_total_pkey PRIMARY KEY (coupon_id, currency, shard),
  CONSTRAINT coupon_total_coupon_fkey FOREIGN KEY (coupon_id) REFERENCES promotions.coupon,
  CONSTRAINT coupon_total_shard_is_bounded CHECK (shard BETWEEN 0 AND 15),
  CONSTRAINT coupon_total_orders_are_counted CHECK (orders > 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE promotions.coupon_total IS
  'The sums of the paid orders that used a coupon. Each order adds to one of 16 rows, so that orders wait less.';
COMMENT ON COLUMN promotions.coupon_total.coupon_id IS 'The coupon.';
COMMENT ON COLUMN promotions.coupon_total.currency IS 'The currency of the amounts.';
COMMENT ON COLUMN promotions.coupon_total.shard IS 'Which of the 16 rows: by chance.';
COMMENT ON COLUMN promotions.coupon_total.orders IS 'How many orders.';
COMMENT ON COLUMN promotions.coupon_total.discount_minor IS 'What the coupon took off, in minor units.';
COMMENT ON COLUMN promotions.coupon_total.order_minor IS 'What the orders came to, in minor units.';
