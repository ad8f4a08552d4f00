-- fastshop: compatible
-- Sellers keep many products in step with their own systems, and categories are merged.

CREATE FUNCTION inventory.open_stocks(seller uuid, products uuid[], variants uuid[]) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO inventory.stock (variant_id, product_id, seller_id)
  SELECT v.id, v.product, seller FROM unnest(products, variants) AS v (product, id) ORDER BY v.id
      ON CONFLICT ON CONSTRAINT stock_pkey DO NOTHING
$$;
COMMENT ON FUNCTION inventory.open_stocks(uuid, uuid[], uuid[]) IS
  'Makes the stock of those variants of a seller that have none; the first array has the product of each variant. For '
  'the catalogue.';

CREATE FUNCTION catalog.adopt_children(category uuid, target uuid) RETURNS void
LANGUAGE sql
AS $$
  WITH RECURSIVE child AS (
    SELECT c.id,
           (SELECT count(*) FROM catalog.category t WHERE t.parent_id = target)::int
             + row_number() OVER (ORDER BY c.position, c.id)::int AS position
      FROM catalog.category c
     WHERE c.parent_id = category
  ), tree AS (
    SELECT c.id, target AS parent_id, w.position, p.lineage || c.id AS lineage, p.path || '/' || c.slug AS path,
           p.place || '.' || lpad(w.position::text, 4, '0') AS place
      FROM child w
      JOIN catalog.category c ON c.id = w.id
      JOIN catalog.category p ON p.id = target
     UNION ALL
    SELECT c.id, c.parent_id, c.position, t.lineage || c.id, t.path || '/' || c.slug,
           t.place || '.' || lpad(c.position::text, 4, '0')
      FROM tree t
      JOIN catalog.category c ON c.parent_id = t.id
  )
  UPDATE catalog.category c
     SET parent_id = t.parent_id, position = t.position, lineage = t.lineage, path = t.path, place = t.place,
         version = c.version + 1, updated_at = clock_timestamp()
    FROM tree t
   WHERE t.id = c.id
$$;
COMMENT ON FUNCTION catalog.adopt_children(uuid, uuid) IS
  'Puts the children of a category behind those of a target, in their order, and writes what follows for their '
  'subtrees. No child of the target has the slug of one, and the target is not in the category''s subtree. The caller '
  'holds lock_tree().';

CREATE FUNCTION catalog.pass_on_paths(category uuid, target uuid) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  kept_max CONSTANT int := 50;
BEGIN
  UPDATE catalog.former_slug f SET resource_id = target WHERE f.kind = 'category' AND f.resource_id = category;
  INSERT INTO catalog.former_slug (kind, slug, resource_id)
  SELECT 'category', c.path, target FROM catalog.category c WHERE c.id = category
      ON CONFLICT ON CONSTRAINT former_slug_pkey
      DO UPDATE SET resource_id = excluded.resource_id, replaced_at = excluded.replaced_at;
  DELETE FROM catalog.former_slug f
   WHERE f.kind = 'category'
     AND f.slug IN (
           SELECT o.slug
             FROM catalog.former_slug o
            WHERE o.kind = 'category' AND o.resource_id = target
            ORDER BY o.replaced_at DESC, o.slug
           OFFSET kept_max);
END
$$;
COMMENT ON FUNCTION catalog.pass_on_paths(uuid, uuid) IS
  'Makes the path of a category, and those that it had, lead to another one, which keeps the last 50. The caller '
  'deletes the category, and holds lock_tree().';
