-- What consumer-bench works on, beside the shop's own tables.
CREATE SCHEMA bench;

CREATE FUNCTION bench.id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

-- Each change of an account has its number, under the lock on the account's row.
CREATE TABLE bench.account (id uuid PRIMARY KEY, changes bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
INSERT INTO bench.account (id) SELECT bench.id(n) FROM generate_series(1, 1000) n;

-- Without any constraint that would refuse what is done twice.
CREATE TABLE bench.effect (
  place bigint GENERATED ALWAYS AS IDENTITY, seq bigint NOT NULL, account uuid NOT NULL, number bigint NOT NULL,
  node text NOT NULL
);
