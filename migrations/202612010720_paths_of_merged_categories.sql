-- fastshop: compatible
-- A category is merged into its parent also when one of its children has its slug: then the child gets its path.

-- The transaction that merges gives a category, for a moment, a path that begins with a colon. Nobody asks for that.
CREATE OR REPLACE TRIGGER category_remembers_path AFTER UPDATE OF path ON catalog.category
  FOR EACH ROW WHEN (OLD.path <> NEW.path AND left(OLD.path, 1) <> ':')
  EXECUTE FUNCTION catalog.remember_slug('category');

CREATE FUNCTION catalog.vacate_paths(category uuid, target uuid) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  kept_max CONSTANT int := 50;
BEGIN
  -- "0" is the character after "/".
  UPDATE catalog.category c
     SET path = ':/' || c.path
    FROM catalog.category m
   WHERE m.id = category
     AND (c.id = m.id OR m.parent_id = target AND c.path > m.path || '/' AND c.path < m.path || '0');
  UPDATE catalog.former_slug f SET resource_id = target WHERE f.kind = 'category' AND f.resource_id = category;
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
COMMENT ON FUNCTION catalog.vacate_paths(uuid, uuid) IS
  'Makes the path of a category, and those that it had, lead to a target, which keeps the last 50, and frees its path. '
  'If the target is its parent, the paths of its subtree are free, too. The caller calls adopt_children(), deletes the '
  'category, and holds lock_tree().';
COMMENT ON FUNCTION catalog.pass_on_paths(uuid, uuid) IS 'What vacate_paths() does, for programs of before.';
