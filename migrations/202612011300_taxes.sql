-- fastshop: compatible
-- Taxes: rates by area, the tax categories of goods, exemptions of buyers, checked tax numbers, and the settings.

CREATE SCHEMA taxes;

CREATE TABLE taxes.settings (
  id smallint NOT NULL DEFAULT 1,
  prices_include_tax boolean NOT NULL DEFAULT true,
  rounding_level text NOT NULL DEFAULT 'line',
  rounding_mode text NOT NULL DEFAULT 'half_up',
  shipping_tax text NOT NULL DEFAULT 'as_goods',
  shipping_category text COLLATE "C" NOT NULL DEFAULT '',
  home_country text COLLATE "C" NOT NULL DEFAULT 'DE',
  time_zone text NOT NULL DEFAULT 'Europe/Berlin',
  price_basis text NOT NULL DEFAULT 'net',
  version bigint NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT settings_pkey PRIMARY KEY (id),
  CONSTRAINT settings_is_one_row CHECK (id = 1),
  CONSTRAINT settings_rounding_level_is_known CHECK (rounding_level IN ('unit', 'line', 'order')),
  CONSTRAINT settings_rounding_mode_is_known CHECK (rounding_mode IN ('half_up', 'half_even', 'down', 'up')),
  CONSTRAINT settings_shipping_tax_is_known CHECK (shipping_tax IN ('as_goods', 'own_rates', 'none')),
  CONSTRAINT settings_shipping_category_is_a_code CHECK (
    shipping_category ~ '^([a-z0-9]+(-[a-z0-9]+)*)?$' AND length(shipping_category) <= 50),
  CONSTRAINT settings_home_country_is_iso_3166 CHECK (home_country ~ '^[A-Z]{2}$'),
  CONSTRAINT settings_time_zone_is_short CHECK (length(time_zone) BETWEEN 1 AND 100),
  CONSTRAINT settings_price_basis_is_known CHECK (price_basis IN ('net', 'gross'))
);
COMMENT ON TABLE taxes.settings IS 'How the shop computes tax: one row.';
COMMENT ON COLUMN taxes.settings.id IS 'Always 1.';
COMMENT ON COLUMN taxes.settings.prices_include_tax IS 'Whether prices of products and shipping contain tax.';
COMMENT ON COLUMN taxes.settings.rounding_level IS 'The API''s TaxRoundingLevel in lower case.';
COMMENT ON COLUMN taxes.settings.rounding_mode IS 'The API''s TaxRoundingMode in lower case.';
COMMENT ON COLUMN taxes.settings.shipping_tax IS 'The API''s ShippingTaxMode in lower case.';
COMMENT ON COLUMN taxes.settings.shipping_category IS 'The tax category of shipping with rates of its own.';
COMMENT ON COLUMN taxes.settings.home_country IS 'ISO 3166-1: the country of the shop.';
COMMENT ON COLUMN taxes.settings.time_zone IS 'The time zone, of the tz database, in which days of rates begin.';
COMMENT ON COLUMN taxes.settings.price_basis IS 'The API''s TaxPriceBasis in lower case.';
COMMENT ON COLUMN taxes.settings.version IS 'Grows by 1 with each change; the etag.';
COMMENT ON COLUMN taxes.settings.updated_at IS 'When it last changed.';

INSERT INTO taxes.settings DEFAULT VALUES;

CREATE TABLE taxes.tax_rate (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  title text NOT NULL,
  country text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL DEFAULT '',
  postal_from text COLLATE "C" NOT NULL DEFAULT '',
  postal_to text COLLATE "C" NOT NULL DEFAULT '',
  category text COLLATE "C" NOT NULL DEFAULT '',
  rate_millionths bigint NOT NULL,
  place int NOT NULL DEFAULT 1,
  is_compound boolean NOT NULL DEFAULT false,
  applies_to_shipping boolean NOT NULL DEFAULT false,
  valid_from date NOT NULL DEFAULT '-infinity',
  valid_until date NOT NULL DEFAULT 'infinity',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tax_rate_pkey PRIMARY KEY (id),
  CONSTRAINT tax_rate_title_is_short CHECK (length(title) BETWEEN 1 AND 100),
  CONSTRAINT tax_rate_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT tax_rate_region_is_short CHECK (length(region) <= 50),
  CONSTRAINT tax_rate_postal_codes_are_a_range CHECK (
    postal_from ~ '^[A-Z0-9]{0,10}$' AND postal_to ~ '^[A-Z0-9]{0,10}$'
    AND length(postal_from) = length(postal_to) AND postal_from <= postal_to),
  CONSTRAINT tax_rate_category_is_a_code CHECK (
    category ~ '^([a-z0-9]+(-[a-z0-9]+)*)?$' AND length(category) <= 50),
  CONSTRAINT tax_rate_up_to_1000_percent CHECK (rate_millionths BETWEEN 0 AND 10000000),
  CONSTRAINT tax_rate_place_from_1_to_8 CHECK (place BETWEEN 1 AND 8),
  CONSTRAINT tax_rate_does_not_end_before_its_start CHECK (valid_from <= valid_until)
);
COMMENT ON TABLE taxes.tax_rate IS
  'Rates of tax. Of those with the same place that hold for a destination on a day, the one of the most specific area '
  'is charged, and of these the one of the category. Writers hold the advisory lock of the country.';
COMMENT ON COLUMN taxes.tax_rate.id IS 'UUID of version 7.';
COMMENT ON COLUMN taxes.tax_rate.title IS 'What invoices call it.';
COMMENT ON COLUMN taxes.tax_rate.country IS 'ISO 3166-1.';
COMMENT ON COLUMN taxes.tax_rate.region IS 'The region as addresses have it; empty for the whole country.';
COMMENT ON COLUMN taxes.tax_rate.postal_from IS
  'For codes whose beginning is between this and postal_to; capitals and digits. Empty for all.';
COMMENT ON COLUMN taxes.tax_rate.postal_to IS 'As long as postal_from.';
COMMENT ON COLUMN taxes.tax_rate.category IS 'The tax category; empty for goods without one that has a rate here.';
COMMENT ON COLUMN taxes.tax_rate.rate_millionths IS 'Millionths: 190,000 is 19 %.';
COMMENT ON COLUMN taxes.tax_rate.place IS 'Rates of different places add up, in their order.';
COMMENT ON COLUMN taxes.tax_rate.is_compound IS 'Whether it is levied on the taxes before it, too.';
COMMENT ON COLUMN taxes.tax_rate.applies_to_shipping IS 'Whether shipping with rates of its own is taxed by it.';
COMMENT ON COLUMN taxes.tax_rate.valid_from IS 'The first day, in the time zone of the settings.';
COMMENT ON COLUMN taxes.tax_rate.valid_until IS 'The last day; infinity without an end.';
COMMENT ON COLUMN taxes.tax_rate.version IS 'Grows by 1 with each change; the etag.';
COMMENT ON COLUMN taxes.tax_rate.created_at IS 'When it was created.';
COMMENT ON COLUMN taxes.tax_rate.updated_at IS 'When it last changed.';
CREATE INDEX tax_rate_by_country ON taxes.tax_rate (country, id);
CREATE INDEX tax_rate_of_area ON taxes.tax_rate (country, region, postal_from);

CREATE TABLE taxes.category_assignment (
  subject_id uuid NOT NULL,
  category text COLLATE "C" NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT category_assignment_pkey PRIMARY KEY (subject_id),
  CONSTRAINT category_assignment_category_is_a_code CHECK (
    category ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(category) <= 50)
);
COMMENT ON TABLE taxes.category_assignment IS
  'Which products and categories of the catalogue have a tax category. Rows may outlive what they are about.';
COMMENT ON COLUMN taxes.category_assignment.subject_id IS 'The product, or the category of the catalogue.';
COMMENT ON COLUMN taxes.category_assignment.category IS 'The tax category, as rates have it.';
COMMENT ON COLUMN taxes.category_assignment.updated_at IS 'When it was set.';

CREATE TABLE taxes.exemption (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  user_id uuid,
  tax_number text COLLATE "C",
  areas jsonb NOT NULL DEFAULT '[]',
  reason text NOT NULL,
  valid_until date NOT NULL DEFAULT 'infinity',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT exemption_pkey PRIMARY KEY (id),
  CONSTRAINT exemption_of_a_user_or_a_number CHECK (num_nonnulls(user_id, tax_number) = 1),
  CONSTRAINT exemption_tax_number_is_plain CHECK (tax_number ~ '^[A-Z0-9+*]{1,30}$'),
  CONSTRAINT exemption_areas_are_a_list CHECK (jsonb_typeof(areas) = 'array' AND jsonb_array_length(areas) <= 100),
  CONSTRAINT exemption_reason_is_short CHECK (length(reason) BETWEEN 1 AND 200)
);
COMMENT ON TABLE taxes.exemption IS 'Buyers who pay no tax: at most 100 rows of a buyer.';
COMMENT ON COLUMN taxes.exemption.id IS 'UUID of version 7.';
COMMENT ON COLUMN taxes.exemption.user_id IS 'The account; null for a company by its number.';
COMMENT ON COLUMN taxes.exemption.tax_number IS 'The number, in capitals and without punctuation; null for an account.';
COMMENT ON COLUMN taxes.exemption.areas IS 'Where, as the API''s JSON of ExemptArea; empty for everywhere.';
COMMENT ON COLUMN taxes.exemption.reason IS 'Why.';
COMMENT ON COLUMN taxes.exemption.valid_until IS 'The last day, in the time zone of the settings.';
COMMENT ON COLUMN taxes.exemption.created_at IS 'When it was created.';
CREATE INDEX exemption_by_time ON taxes.exemption (created_at, id);
CREATE INDEX exemption_of_user ON taxes.exemption (user_id, created_at, id) WHERE user_id IS NOT NULL;
CREATE INDEX exemption_of_number ON taxes.exemption (tax_number) WHERE tax_number IS NOT NULL;

CREATE TABLE taxes.checked_number (
  tax_number text COLLATE "C" NOT NULL,
  is_registered boolean NOT NULL,
  checked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT checked_number_pkey PRIMARY KEY (tax_number),
  CONSTRAINT checked_number_is_plain CHECK (tax_number ~ '^[A-Z0-9+*]{1,30}$'),
  CONSTRAINT checked_number_expires_after_it_was_checked CHECK (expires_at > checked_at)
);
COMMENT ON TABLE taxes.checked_number IS
  'What the authorities said of tax numbers. Rows that have expired are deleted by a chore.';
COMMENT ON COLUMN taxes.checked_number.tax_number IS 'The number with its country, in capitals.';
COMMENT ON COLUMN taxes.checked_number.is_registered IS 'Whether they know it.';
COMMENT ON COLUMN taxes.checked_number.checked_at IS 'When they were asked.';
COMMENT ON COLUMN taxes.checked_number.expires_at IS 'Until when the answer counts.';
CREATE INDEX checked_number_by_expiry ON taxes.checked_number (expires_at);
