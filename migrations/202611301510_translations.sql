-- fastshop: compatible
-- Texts that shoppers read have translations.

CREATE TABLE platform.translation (
  resource_id uuid NOT NULL,
  locale text COLLATE "C" NOT NULL,
  texts jsonb NOT NULL,
  sources jsonb NOT NULL,
  is_current boolean NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT translation_pkey PRIMARY KEY (resource_id, locale),
  CONSTRAINT translation_locale_is_short CHECK (length(locale) BETWEEN 2 AND 35),
  CONSTRAINT translation_texts_are_an_object CHECK (jsonb_typeof(texts) = 'object' AND texts <> '{}'),
  CONSTRAINT translation_sources_are_an_object CHECK (jsonb_typeof(sources) = 'object')
);
COMMENT ON TABLE platform.translation IS
  'The texts of a resource of any module in one language: at most 50 languages for each resource.';
COMMENT ON COLUMN platform.translation.resource_id IS 'The resource: its id differs from those of all other kinds.';
COMMENT ON COLUMN platform.translation.locale IS 'The language: a BCP 47 tag in its canonical form.';
COMMENT ON COLUMN platform.translation.texts IS 'The translated texts by the path of the text in the resource.';
COMMENT ON COLUMN platform.translation.sources IS 'By the same paths, what was translated: it may have changed since.';
COMMENT ON COLUMN platform.translation.is_current IS
  'Whether every text that the resource has now is translated as it is now.';
COMMENT ON COLUMN platform.translation.updated_at IS 'When it was last changed.';
CREATE INDEX translation_by_locale ON platform.translation (locale);

CREATE VIEW sellers.shop_text AS
SELECT h.seller_id, h.description, CASE WHEN h.holiday_end > now() THEN h.holiday_note ELSE '' END AS holiday_note,
       h.version
  FROM sellers.shop h;
COMMENT ON VIEW sellers.shop_text IS 'What shops say of themselves, to be translated. For the catalogue.';

CREATE FUNCTION sellers.renew_shop(seller uuid) RETURNS bigint
LANGUAGE sql
AS $$
  UPDATE sellers.shop h SET version = h.version + 1, updated_at = now() WHERE h.seller_id = seller RETURNING h.version
$$;
COMMENT ON FUNCTION sellers.renew_shop(uuid) IS
  'Gives a shop another version, because its translations have changed, and returns it. For the catalogue.';
