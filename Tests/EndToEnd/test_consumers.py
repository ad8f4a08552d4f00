"""Consumers of the event log: each effect once, whatever dies, and another server takes over."""

import random
import re
import signal

import shop_server
from test_paused_processes import go_on, stop
from waiting import wait_until

MAILS = "SELECT count(*) FROM mail.message WHERE kind = 'lock-out'"
CURSOR = "SELECT seq FROM platform.consumer WHERE name = 'identity.lock_out_mails'"
OWNER = "SELECT owner FROM platform.consumer WHERE lease_until > clock_timestamp()"
MANY_MAILS = {"FASTSHOP_MAILS_PER_QUARTER_HOUR": "1000", "FASTSHOP_MAILS_PER_DAY": "1000"}


def lock_out(cluster, database: str, count: int) -> None:
    """Events as servers log them, each in a transaction of its own."""
    cluster.sql(
        database,
        "DO $$ BEGIN FOR n IN 1 .. %d LOOP"
        "  INSERT INTO platform.event (topic, key, type, subjects, payload)"
        "  SELECT 'identity.lock_out', u.id, 'locked_out', ARRAY[u.id], '{\"address\": \"192.0.2.1\", \"seconds\": 60}'"
        "    FROM identity.user u LIMIT 1; COMMIT; END LOOP; END $$" % count,
    )


def consumers(url: str, *arguments: str):
    return shop_server.run(
        "consumers", *arguments, env={"DATABASE_URL": url, "FASTSHOP_KEYS": shop_server.KEYS})


def mails(cluster, database: str) -> int:
    return int(cluster.sql(database, MAILS))


def test_however_often_servers_are_killed_each_effect_is_there_once(cluster, start_shop, database):
    url = database()
    chance = random.Random(12)
    first = start_shop(url, **MANY_MAILS)
    wait_until(lambda: cluster.sql(first.database, CURSOR) != "", "the consumer never began")
    written = 0
    doomed = first
    for _ in range(5):
        for _ in range(chance.randint(1, 6)):
            lock_out(cluster, first.database, 10)
            written += 10
        doomed.process.send_signal(signal.SIGKILL)
        doomed.process.wait(60)
        doomed = start_shop(url, **MANY_MAILS)
    wait_until(lambda: mails(cluster, first.database) == written, "effects are missing")
    lock_out(cluster, first.database, 1)
    wait_until(lambda: mails(cluster, first.database) >= written + 1, "the last event had no effect")
    assert mails(cluster, first.database) == written + 1


def test_a_frozen_server_is_replaced(cluster, start_shop, database):
    url = database()
    frozen = start_shop(url, "--node", "frozen", **MANY_MAILS)
    wait_until(lambda: "frozen" in cluster.sql(frozen.database, OWNER), "nobody runs the consumer")
    other = start_shop(url, "--node", "other", **MANY_MAILS)
    frozen.may_die = True  # its supervisor may find that the worker hung
    processes = (frozen.process.pid, frozen.worker_pid)
    stop(*processes)
    try:
        lock_out(cluster, other.database, 20)
        wait_until(lambda: mails(cluster, other.database) == 20, "nobody took over")
        assert "other" in cluster.sql(other.database, OWNER)
    finally:
        go_on(*processes)
    lock_out(cluster, other.database, 20)
    wait_until(lambda: mails(cluster, other.database) == 40, "nobody went on")
    listed = consumers(url)
    assert re.search(r"^identity.lock_out_mails  at \d+, \d+ behind, \d+ s late, on other/", listed.stdout), listed


def test_an_operator_has_parked_events_tried_again(cluster, start_shop, database):
    url = database()
    shop = start_shop(url, **MANY_MAILS)
    name = "identity.lock_out_mails"
    # One that can be consumed by now, one that never can, and one that is left alone.
    cluster.sql(
        shop.database,
        "INSERT INTO platform.consumer_dead_letter"
        "  (consumer, seq, topic, type, key, subjects, payload, reason, attempts)"
        "  SELECT '%s', n, 'identity.lock_out', 'locked_out', u.id, ARRAY[u.id], p::jsonb, 'a fault', 6"
        "    FROM (VALUES (901, '{\"address\": \"192.0.2.1\", \"seconds\": 60}'), (902, '{}'), (903, '{}')) e (n, p),"
        "         (SELECT id FROM identity.user LIMIT 1) u" % name,
    )
    listed = consumers(url, "parked", name).stdout.splitlines()
    assert [line.split("  ")[1] for line in listed] == ["901", "902", "903"]
    assert listed[0].endswith("  6 failed attempts: a fault")
    assert re.search(rf"^{name} .* 3 parked$", consumers(url, "list").stdout, re.MULTILINE)
    for seq in ("901", "902"):
        assert consumers(url, "retry", name, seq).stdout == "1 to be tried again\n"
    wait_until(lambda: mails(cluster, shop.database) == 1, "the event had no effect")
    wait_until(lambda: "902" in (left := consumers(url, "parked").stdout) and ": a fault" not in left.splitlines()[0]
               and "1 failed attempts" in left, "the other event was not tried")
    assert "901" not in consumers(url, "parked").stdout and "903" in consumers(url, "parked").stdout
    for none in ([name, "901"], ["identity.nothing"]):
        failed = consumers(url, "retry", *none)
        assert failed.returncode == 1 and "has not parked" in failed.stderr
