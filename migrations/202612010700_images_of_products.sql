-- fastshop: compatible
-- A change of images leaves the price of its product as it is in the lists.

CREATE FUNCTION catalog.refresh_product_images(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.product p
     SET images = coalesce(
           (SELECT json_agg(
                     json_build_object('id', i.id, 'url', i.url, 'alt', i.alt, 'width', i.width, 'height', i.height)
                     ORDER BY i.position)
              FROM catalog.image i WHERE i.product_id = p.id), '[]')
   WHERE p.id = ANY (products)
$$;
COMMENT ON FUNCTION catalog.refresh_product_images(uuid[]) IS
  'Writes the images of these products into their documents, and nothing else.';
COMMENT ON FUNCTION catalog.refresh_product_documents(uuid[]) IS
  'Writes the variants and images of these products into their documents, and the price that the cheapest variant has '
  'now. Whoever calls it has locked the tree and the products, and calls shelve_products(): the price of a product on '
  'sale may have changed by the time alone.';
