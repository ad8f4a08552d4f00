-- Shoppers ask to be told by mail when a variant can be sold again. Guests confirm their address first.
-- fastshop: compatible

CREATE TABLE inventory.back_in_stock (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  variant_id uuid NOT NULL,
  user_id uuid,
  email text,
  email_key text COLLATE "C",
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  CONSTRAINT back_in_stock_pkey PRIMARY KEY (id),
  CONSTRAINT back_in_stock_of_user UNIQUE (variant_id, user_id),
  CONSTRAINT back_in_stock_of_email UNIQUE (variant_id, email_key),
  CONSTRAINT back_in_stock_stock_fkey FOREIGN KEY (variant_id) REFERENCES inventory.stock (variant_id),
  CONSTRAINT back_in_stock_is_of_a_user_or_a_guest CHECK ((user_id IS NULL) <> (email IS NULL)),
  CONSTRAINT back_in_stock_email_has_a_key CHECK ((email IS NULL) = (email_key IS NULL)),
  CONSTRAINT back_in_stock_email_is_short CHECK (length(email) BETWEEN 3 AND 254)
);
COMMENT ON TABLE inventory.back_in_stock IS
  'Who wants to be told when a variant can be sold again. A row is deleted with the request of its mail.';
COMMENT ON COLUMN inventory.back_in_stock.id IS 'UUID of version 7; the tokens in mails name it.';
COMMENT ON COLUMN inventory.back_in_stock.variant_id IS 'The variant.';
COMMENT ON COLUMN inventory.back_in_stock.user_id IS 'The account; null for a guest.';
COMMENT ON COLUMN inventory.back_in_stock.email IS
  'The address of a guest; null for an account, whose address may change.';
COMMENT ON COLUMN inventory.back_in_stock.email_key IS 'The same for all spellings of the address.';
COMMENT ON COLUMN inventory.back_in_stock.created_at IS 'When it was asked for last.';
COMMENT ON COLUMN inventory.back_in_stock.confirmed_at IS
  'When the owner of the address confirmed it, or the account asked. Null until then: nothing is told to the address.';
CREATE INDEX back_in_stock_waiting ON inventory.back_in_stock (variant_id, id) WHERE confirmed_at IS NOT NULL;
CREATE INDEX back_in_stock_by_user ON inventory.back_in_stock (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX back_in_stock_by_age ON inventory.back_in_stock (created_at);
