-- What people tell of themselves stands sealed; keys have limits of their own; what is not on sale has no stock to see.

-- Personal columns. What an earlier release wrote in clear is read as before; it is sealed when its owner changes it,
-- and all of it by `fastshop keys rotate`.

ALTER TABLE identity.address ADD COLUMN sealed bytea;
COMMENT ON COLUMN identity.address.sealed IS
  'Label, recipient, company, lines, city, region, postal code and phone in the API''s JSON, sealed; null in a row that
an earlier release wrote, which has them in clear.';
ALTER TABLE identity.address ALTER COLUMN recipient DROP NOT NULL;
ALTER TABLE identity.address ALTER COLUMN street_lines DROP NOT NULL;
ALTER TABLE identity.address ALTER COLUMN city DROP NOT NULL;
ALTER TABLE identity.address ADD CONSTRAINT address_is_sealed_or_clear CHECK (
  CASE WHEN sealed IS NULL THEN recipient IS NOT NULL AND street_lines IS NOT NULL AND city IS NOT NULL
       ELSE recipient IS NULL AND street_lines IS NULL AND city IS NULL AND label = '' AND company = '' AND region = ''
            AND postal_code = '' AND phone = '' END);

ALTER TABLE identity.user ADD COLUMN phone_sealed bytea;
COMMENT ON COLUMN identity.user.phone_sealed IS
  'Their telephone number, sealed; null when not given, or still in clear.';
ALTER TABLE identity.user ADD CONSTRAINT user_phone_is_sealed_or_clear CHECK (phone_sealed IS NULL OR phone = '');

-- Letters that wait, or were given up: they hold tokens that are good for a while.

ALTER TABLE mail.message ADD COLUMN sealed bytea;
COMMENT ON COLUMN mail.message.sealed IS
  'The content, sealed: plain text, the byte 30, and the page; null once it is sent, and where it stands in clear.';
ALTER TABLE mail.message ADD CONSTRAINT message_content_is_sealed_or_clear CHECK (
  sealed IS NULL OR (body_text = '' AND body_html = ''));
ALTER TABLE mail.message ADD CONSTRAINT message_sent_keeps_no_content CHECK (state <> 'sent' OR sealed IS NULL);
ALTER TABLE mail.message ADD CONSTRAINT message_sealed_is_bounded CHECK (octet_length(sealed) <= 528384);

-- Limits of single keys.

ALTER TABLE identity.api_key ADD COLUMN calls_per_minute int;
ALTER TABLE identity.api_key ADD COLUMN calls_at_once int;
COMMENT ON COLUMN identity.api_key.calls_per_minute IS 'How much it may call; null for what everybody may.';
COMMENT ON COLUMN identity.api_key.calls_at_once IS 'How much of it at once; null with calls_per_minute.';
ALTER TABLE identity.api_key ADD CONSTRAINT api_key_limit_is_whole CHECK (
  (calls_per_minute IS NULL) = (calls_at_once IS NULL));
ALTER TABLE identity.api_key ADD CONSTRAINT api_key_limit_in_range CHECK (
  calls_per_minute BETWEEN 1 AND 1000000 AND calls_at_once BETWEEN 1 AND 1000000);

-- What other rooms may know of products.

CREATE VIEW catalog.product_sight AS
SELECT p.id, p.seller_id, p.status = 'active' AS is_on_sale FROM catalog.product p;
COMMENT ON VIEW catalog.product_sight IS 'Which products everybody sees, and whose the others are. For other rooms.';

CREATE FUNCTION catalog.subjects_of_product(product uuid) RETURNS uuid[]
LANGUAGE sql STABLE
AS $$
  SELECT c.lineage
         || CASE WHEN p.status = 'active' THEN '{}' ELSE ARRAY['00000000-0000-7000-8000-000000000001'] END::uuid[]
    FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id
   WHERE p.id = product
$$;
COMMENT ON FUNCTION catalog.subjects_of_product(uuid) IS
  'What an event about a product concerns beside it: its categories from the root down and, while it is not on sale, the
id that says so, which keeps the event from those who may not see the product. For other rooms.';
