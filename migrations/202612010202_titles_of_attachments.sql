-- fastshop: compatible
-- The titles of videos and documents are translated, too: what was all translated before lacks them now.

UPDATE platform.translation x
   SET is_current = false
 WHERE x.is_current
   AND EXISTS (SELECT FROM catalog.attachment a WHERE a.product_id = x.resource_id AND a.title <> '');
