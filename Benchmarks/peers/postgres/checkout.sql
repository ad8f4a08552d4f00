-- The statements of Benchmarks/Checkout, pipelined by hand: all in one round trip. The shop's server needs the cart and
-- the prices before it can go on, so it takes two.
\set cart random(1, 100000)
\set coupon random(1, 100000)
\set one random(1, 100000)
\set two random(1, 100000)
\set three random(1, 100000)
\if :contended
\set one 1
\endif
\set id random(1, 140737488355327)
\startpipeline
BEGIN ISOLATION LEVEL READ COMMITTED;
INSERT INTO platform.request (caller, id, method, fingerprint, response)
VALUES ('user:00000000-0000-7000-8000-000000000001', bench.id(:id), 'bench.v1.Checkout/PlaceOrder',
        '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'::bytea, NULL);
SELECT version FROM bench.cart WHERE id = bench.id(:cart) FOR NO KEY UPDATE;
SELECT id, on_hand - reserved AS available, price FROM bench.stock
 WHERE id = ANY (ARRAY[bench.id(:one), bench.id(:two), bench.id(:three)]);
SELECT id FROM bench.stock
 WHERE id = ANY (ARRAY[bench.id(:one), bench.id(:two), bench.id(:three)]) ORDER BY id FOR NO KEY UPDATE;
UPDATE bench.stock SET reserved = reserved + 1
 WHERE id = ANY (ARRAY[bench.id(:one), bench.id(:two), bench.id(:three)]) AND on_hand > reserved;
INSERT INTO bench.purchase (id, cart_id, total) VALUES (bench.id(:id), bench.id(:cart), 1000);
INSERT INTO bench.line (purchase_id, stock_id, quantity)
SELECT DISTINCT bench.id(:id), s, 1 FROM unnest(ARRAY[bench.id(:one), bench.id(:two), bench.id(:three)]) s;
INSERT INTO bench.reservation (purchase_id) VALUES (bench.id(:id));
UPDATE bench.coupon SET used = used + 1 WHERE id = bench.id(:coupon);
UPDATE bench.cart SET version = version + 1 WHERE id = bench.id(:cart);
INSERT INTO bench.job (kind, purchase_id) SELECT 'mail', unnest(ARRAY[bench.id(:id)]);
UPDATE platform.request r SET response = '{"movementId": "00000000-0000-7000-8000-000000000001"}'::jsonb, sealed = NULL
 WHERE r.caller = 'user:00000000-0000-7000-8000-000000000001' AND r.method = 'bench.v1.Checkout/PlaceOrder'
   AND r.id = bench.id(:id);
INSERT INTO audit.entry (id, actor_kind, actor_id, method, action, resource_type, resource_id, request_id, before,
                         after, mac)
VALUES (gen_random_uuid(), 'user', '00000000-0000-7000-8000-000000000001', 'bench.v1.Checkout/PlaceOrder',
        'bench.purchase.place', 'bench.v1.Purchase', bench.id(:id)::text, bench.id(:id)::text, NULL, NULL,
        decode(repeat('00', 138), 'hex'));
INSERT INTO platform.event (topic, key, type, subjects, payload)
VALUES ('bench.purchase', bench.id(:id), 'placed', ARRAY[bench.id(:id), bench.id(:cart)], '{"total": 1000}'),
       ('bench.stock', bench.id(:one), 'reserved', ARRAY[bench.id(:one), bench.id(:id)], '{"quantity": 1}');
COMMIT;
\endpipeline
