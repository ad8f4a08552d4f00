-- fastshop: compatible
-- The rules of collections say which currency their prices are in, so that a conversion changes each once.

ALTER TABLE catalog.collection
  ADD COLUMN price_currency text CONSTRAINT collection_price_currency_is_iso_4217 CHECK (price_currency ~ '^[A-Z]{3}$');
COMMENT ON COLUMN catalog.collection.price_currency IS
  'ISO 4217: the currency of the prices in the rule. NULL: that of the shop when it is converted next.';

-- At most 1,000.
UPDATE catalog.collection o SET price_currency = s.code FROM catalog.shop_currency s WHERE o.rule IS NOT NULL;
