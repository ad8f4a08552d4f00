-- fastshop: compatible
-- Each order of a list is read from an index that has its rows in that order.

-- Two siblings may have one position: without the id, a page that ends between them loses one.
DROP INDEX catalog.category_by_place;
CREATE INDEX category_by_place ON catalog.category (place, id);

-- Few users are disabled, and few events are of the kinds that matter most.
CREATE INDEX user_disabled ON identity.user (id) WHERE disabled_at IS NOT NULL;
CREATE INDEX event_of_kind ON security.event (kind, at, id);
