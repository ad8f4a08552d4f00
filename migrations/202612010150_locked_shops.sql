-- fastshop: compatible
-- Who gives a shop a person, whichever way, takes the lock of the changes of its team.

CREATE FUNCTION sellers.lock_shop(seller uuid) RETURNS boolean
LANGUAGE sql VOLATILE
AS $$ SELECT EXISTS (SELECT FROM sellers.shop h WHERE h.seller_id = seller FOR UPDATE) $$;
COMMENT ON FUNCTION sellers.lock_shop(uuid) IS
  'Locks the shop of a seller, as its own changes and those of its team do, and says whether there is one. Before '
  'accounts are locked. For other modules.';
