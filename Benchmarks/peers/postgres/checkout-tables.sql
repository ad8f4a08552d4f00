-- The tables of a transaction of the checkout's kind: the same for our unit of work and for pgbench. They are beside
-- the shop's own tables, to which the transaction writes its request, audit entry and events.
CREATE SCHEMA bench;

CREATE FUNCTION bench.id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

CREATE TABLE bench.cart (id uuid PRIMARY KEY, version bigint NOT NULL DEFAULT 0);
CREATE TABLE bench.stock (
  id uuid PRIMARY KEY, on_hand bigint NOT NULL, reserved bigint NOT NULL DEFAULT 0, price bigint NOT NULL
);
CREATE TABLE bench.coupon (id uuid PRIMARY KEY, used bigint NOT NULL DEFAULT 0);
CREATE TABLE bench.purchase (id uuid PRIMARY KEY, cart_id uuid NOT NULL, total bigint NOT NULL);
CREATE TABLE bench.line (
  purchase_id uuid NOT NULL, stock_id uuid NOT NULL, quantity bigint NOT NULL, PRIMARY KEY (purchase_id, stock_id)
);
CREATE TABLE bench.reservation (
  purchase_id uuid PRIMARY KEY, expires_at timestamptz NOT NULL DEFAULT now() + interval '15 minutes'
);
CREATE TABLE bench.job (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, purchase_id uuid NOT NULL
);

INSERT INTO bench.cart (id) SELECT bench.id(n) FROM generate_series(1, 100000) n;
INSERT INTO bench.stock (id, on_hand, price) SELECT bench.id(n), 1000000000, n FROM generate_series(1, 100000) n;
INSERT INTO bench.coupon (id) SELECT bench.id(n) FROM generate_series(1, 100000) n;
