-- fastshop: compatible
-- fastshop: no-transaction
-- Which numbers have no product page, by the GS1 General Specifications, release 23.0: the ranges of figures 1.4.2-1
-- (GS1 Prefixes) and 1.4.3-1 (GS1-8 Prefixes). A page of a number that has none any more stays, if staff have decided
-- about it, with the variants that they have joined to it.

-- Behind the indicator digit, as figure 1.4.2-1 has them for 13 digits:
--   02, 2     restricted circulation in a region, such as what a shop weighs
--   04        restricted circulation in a company; so is 0000000, which is as a number the 0 of 8 digits below
--   05        reserved by GS1 US, earlier for coupons
--   951       managers of the EPC General Identifier, which are no goods
--   952       demonstrations and examples
--   977       serial publications (ISSN): the number is that of the title, and the issue is not part of it
--   98        980 refund receipts, 981 to 983 coupons, 984 to 989 reserved for coupons
--   99        coupons
-- 978 and 979, books and printed music, are the same good everywhere: one number is one edition in one form.
-- Of 8 digits, as figure 1.4.3-1 has them:
--   0, 2      restricted circulation in a company
--   952       demonstrations and examples
--   977 to 999  reserved for the future
CREATE OR REPLACE FUNCTION catalog.page_of_gtin(gtin text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN lpad(gtin, 14, '0') !~ '^(.(02|04|05|2|95[12]|977|98|99)|000000(0|2|952|97[7-9]|98|99))'
              THEN ('000000000000800080' || lpad(gtin, 14, '0'))::uuid END
$$;
COMMENT ON FUNCTION catalog.page_of_gtin(text) IS
  'The product page of a GTIN: a UUID of version 8 with its 14 digits. Null for numbers that are not the same good '
  'everywhere: those of restricted circulation, of coupons, receipts, serial publications and examples (GS1 General '
  'Specifications, sections 1.4.2 and 1.4.3).';

-- It has the ids of the former function. An interrupted attempt has left a half built index.
DROP INDEX CONCURRENTLY IF EXISTS catalog.variant_by_page_and_seller_ccnew;
REINDEX INDEX CONCURRENTLY catalog.variant_by_page_and_seller;
