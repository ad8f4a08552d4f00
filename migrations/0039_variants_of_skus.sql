-- Sellers name variants by their own SKUs when they change stock.
-- fastshop: compatible

CREATE FUNCTION catalog.variants_of_skus(seller uuid, skus text[]) RETURNS TABLE (variant_id uuid, sku text)
LANGUAGE sql STABLE
AS 'SELECT v.id, v.sku FROM catalog.variant v WHERE v.seller_id = seller AND v.sku = ANY (skus)';
COMMENT ON FUNCTION catalog.variants_of_skus(uuid, text[]) IS
  'The variants of a seller with these SKUs. For other modules.';
