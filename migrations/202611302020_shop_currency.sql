-- The currency of the shop, which the own prices of all variants are in. The first server that starts writes it down,
-- once no price is in another one: then the lists compare amounts of one currency, whatever writes variants.
-- fastshop: compatible

CREATE TABLE catalog.shop_currency (
  is_known boolean NOT NULL DEFAULT true,
  code text NOT NULL,
  CONSTRAINT shop_currency_pkey PRIMARY KEY (is_known),
  CONSTRAINT shop_currency_is_one CHECK (is_known),
  CONSTRAINT shop_currency_is_iso_4217 CHECK (code ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE catalog.shop_currency IS
  'The currency of the shop: one row, or none before a server has started. Own prices in other currencies are refused.';
COMMENT ON COLUMN catalog.shop_currency.is_known IS 'Always true: there is one row at most.';
COMMENT ON COLUMN catalog.shop_currency.code IS 'ISO 4217.';

CREATE FUNCTION catalog.verify_currencies() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  own text;
BEGIN
  SELECT s.code INTO own FROM catalog.shop_currency s;
  IF EXISTS (SELECT FROM made m WHERE m.currency <> own) THEN
    RAISE EXCEPTION 'the prices of variants are in the currency of the shop, %', own
      USING ERRCODE = 'check_violation', SCHEMA = 'catalog', TABLE = 'variant',
            CONSTRAINT = 'variant_is_in_shop_currency';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.verify_currencies() IS
  'Refuses new variants with prices in another currency than the shop''s, once that is known.';

CREATE FUNCTION catalog.verify_currency() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  own text;
BEGIN
  SELECT s.code INTO own FROM catalog.shop_currency s;
  IF NEW.currency <> own THEN
    RAISE EXCEPTION 'the prices of variants are in the currency of the shop, %', own
      USING ERRCODE = 'check_violation', SCHEMA = 'catalog', TABLE = 'variant',
            CONSTRAINT = 'variant_is_in_shop_currency';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.verify_currency() IS
  'Refuses to change the currency of a variant to another one than the shop''s, once that is known.';

CREATE TRIGGER variant_is_in_shop_currency AFTER INSERT ON catalog.variant REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.verify_currencies();
CREATE TRIGGER variant_stays_in_shop_currency AFTER UPDATE OF currency ON catalog.variant
  FOR EACH ROW WHEN (OLD.currency <> NEW.currency) EXECUTE FUNCTION catalog.verify_currency();
