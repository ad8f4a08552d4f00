"""What must survive anything: remembered answers, the audit log, the keys of secrets. The servers are killed for it."""

import os
import queue
import random
import re
import signal
import threading
import time
import uuid

import grpc
import pytest
import shop_server
from fastshop.audit.v1 import audit_service_pb2 as audit
from fastshop.audit.v1 import audit_service_pb2_grpc as audit_grpc
from google.rpc import error_details_pb2
from row_lock import RowLock
from stubs import CALL_SECONDS, adjustment, details_of, inventory, inventory_of, products_of

WAIT_SECONDS_MAX = 30
# Entries of the template database: its staff was made.
MADE = 1


def adjust(server, variant_id: str, delta: int, **more):
    return inventory_of(server).AdjustStock(adjustment(variant_id, delta, **more), timeout=CALL_SECONDS)


def stock_of(server, variant_id: str):
    request = inventory.GetStockRequest(variant_ids=[variant_id])
    return inventory_of(server).GetStock(request, timeout=CALL_SECONDS).stocks[0]


def entries_of(server, **filters) -> list:
    stub = audit_grpc.AuditServiceStub(server.staff)
    return list(stub.ListAuditEntries(audit.ListAuditEntriesRequest(**filters), timeout=CALL_SECONDS).entries)


def kill(server) -> None:
    """As when the machine goes away: nothing is said, nothing is tidied up."""
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(WAIT_SECONDS_MAX)


def until_nobody_works(cluster, server) -> None:
    """Statements whose client is gone end by themselves, well or not."""
    end = time.monotonic() + WAIT_SECONDS_MAX
    question = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fastshop' AND state <> 'idle'"
        f" AND datname = '{server.database}' AND query LIKE 'WITH s AS%'"
    )
    while cluster.sql("postgres", question) != "0":
        assert time.monotonic() < end, "the killed server's statements never ended"
        time.sleep(0.02)


def fastshop(url: str, *arguments: str):
    return shop_server.run(*arguments, env={"DATABASE_URL": url, "FASTSHOP_KEYS": shop_server.KEYS})


def test_a_server_killed_in_mid_flight_leaves_its_answer_or_nothing(cluster, start_shop, database):
    url = database()
    doomed, other = start_shop(url), start_shop(url)
    variant = products_of(other)[0].variants[0].id
    before = stock_of(other, variant).on_hand
    request_id = str(uuid.uuid4())
    failures: queue.Queue = queue.Queue()

    def call():
        try:
            adjust(doomed, variant, 7, request_id=request_id)
            failures.put(None)
        except grpc.RpcError as error:
            failures.put(error.code())

    with RowLock(cluster, other.database, variant) as lock:
        caller = threading.Thread(target=call)
        caller.start()
        lock.wait_for_waiters(1)
        kill(doomed)
        caller.join()
        assert failures.get() == grpc.StatusCode.UNAVAILABLE
    until_nobody_works(cluster, other)
    first = adjust(other, variant, 7, request_id=request_id)
    assert adjust(other, variant, 7, request_id=request_id) == first
    assert stock_of(other, variant).on_hand == before + 7
    assert len(entries_of(other, resource_type="fastshop.inventory.v1.Stock", resource_id=variant)) == 1


def test_however_often_servers_are_killed_each_request_is_done_once(cluster, start_shop, database):
    url = database()
    survivor = start_shop(url)
    products = products_of(survivor, 4)
    variants = [product.variants[0].id for product in products]
    before = {variant: stock_of(survivor, variant).on_hand for variant in variants}
    requests = [(variants[n % len(variants)], str(uuid.uuid4())) for n in range(240)]
    answers: dict[str, object] = {}
    chance = random.Random(4)
    for _ in range(3):
        doomed = start_shop(url)
        waiting: queue.Queue = queue.Queue()
        for request in requests:
            waiting.put(request)

        def send():
            while True:
                try:
                    variant, request_id = waiting.get_nowait()
                    answer = adjust(doomed, variant, 1, request_id=request_id)
                except (queue.Empty, grpc.RpcError):
                    return
                assert answers.setdefault(request_id, answer) == answer

        senders = [threading.Thread(target=send) for _ in range(8)]
        for sender in senders:
            sender.start()
        time.sleep(chance.uniform(0.02, 0.2))
        kill(doomed)
        for sender in senders:
            sender.join()
    until_nobody_works(cluster, survivor)
    for variant, request_id in requests:
        answer = adjust(survivor, variant, 1, request_id=request_id)
        assert answers.setdefault(request_id, answer) == answer
    for variant in variants:
        assert stock_of(survivor, variant).on_hand == before[variant] + len(requests) / len(variants)
    assert len({answer.movement_id for answer in answers.values()}) == len(requests)
    verified = fastshop(url, "audit", "verify").stdout
    assert verified == f"the audit log is as it was written: {len(requests) + MADE} entries\n"


def test_the_same_request_at_two_servers_at_once_is_one(start_shop, database):
    url = database()
    servers = [start_shop(url), start_shop(url)]
    variant = products_of(servers[0])[0].variants[0].id
    before = stock_of(servers[0], variant).on_hand
    request = adjustment(variant, 3)
    calls = [inventory_of(servers[n % 2]).AdjustStock.future(request, timeout=CALL_SECONDS) for n in range(40)]
    answers = [call.result() for call in calls]
    assert all(answer == answers[0] for answer in answers)
    assert stock_of(servers[0], variant).on_hand == before + 3


def test_a_stale_etag_is_answered_with_the_present_one(start_shop, database):
    shop = start_shop(database())
    variant = products_of(shop)[0].variants[0].id
    etag = stock_of(shop, variant).etag
    present = adjust(shop, variant, 1, etag=etag).stock.etag
    with pytest.raises(grpc.RpcError) as caught:
        adjust(shop, variant, 1, etag=etag)
    assert caught.value.code() == grpc.StatusCode.ABORTED
    info = details_of(caught.value, error_details_pb2.ErrorInfo)
    assert (info.reason, info.metadata["etag"]) == ("ETAG_MISMATCH", present)
    assert adjust(shop, variant, 1, etag=info.metadata["etag"]).stock.etag != present


def test_verifying_finds_what_a_superuser_changed(cluster, start_shop, database, tmp_path):
    url = database()
    shop = start_shop(url)
    variant = products_of(shop)[0].variants[0].id
    for delta in range(1, 6):
        adjust(shop, variant, delta)
    heads = tmp_path / "heads"
    whole = fastshop(url, "audit", "verify", "--heads", str(heads))
    assert (whole.returncode, whole.stdout) == (0, f"the audit log is as it was written: {5 + MADE} entries\n")
    noted = heads.read_text()
    assert len(noted.splitlines()) == 64
    assert fastshop(url, "audit", "verify", "--heads", str(heads)).returncode == 0
    entry = entries_of(shop)[2]
    cluster.sql(
        shop.database,
        "SET session_replication_role = replica;"
        f" UPDATE audit.entry SET after = replace(after::text, '\"delta\"', '\"gamma\"')::json WHERE id = '{entry.id}'",
    )
    found = fastshop(url, "audit", "verify", "--heads", str(heads))
    assert found.returncode == 1
    assert f"chain {entry.chain}, entry {entry.sequence} ({entry.id}): changed since it was written" in found.stdout
    assert f"1 flaws in {5 + MADE} entries" in found.stderr
    assert heads.read_text() == noted


def test_the_key_file_is_made_once_and_for_its_owner_alone(start_shop, database):
    url = database()
    shop = start_shop(url, FASTSHOP_KEYS="")
    keys = shop.folder / "data" / "keys"
    assert os.stat(keys).st_mode & 0o777 == 0o600
    first = keys.read_text()
    assert len(first.splitlines()) == 1
    other = shop_server.run(
        "keys", "rotate", "--new-master", env={"DATABASE_URL": url, "FASTSHOP_DATA_DIR": str(shop.folder / "data")}
    )
    assert other.returncode == 0, other.stderr
    # The keys that tokens are signed with are among the secrets.
    assert re.fullmatch(r"wrapped 2 keys anew, sealed [1-9]\d* secrets anew\n", other.stdout)
    assert keys.read_text().endswith(first) and len(keys.read_text().splitlines()) == 2
    assert [entry.action for entry in entries_of(shop)] == ["platform.keys.rotate", "identity.user.create_admin"]
    late = start_shop(url, FASTSHOP_KEYS="", FASTSHOP_KEY_FILE=str(keys))
    assert len(entries_of(late)) == 1 + MADE
    # Who lacks the key does not get in, and is told why.
    stranger = start_shop(url, ready=False, FASTSHOP_KEYS=shop_server.KEYS)
    assert stranger.process.wait(WAIT_SECONDS_MAX) != 0
    assert "which is not in the key file" in stranger.log
    assert first.strip() not in shop.log + stranger.log


def test_a_key_file_that_everybody_reads_is_refused(start_shop, database, tmp_path):
    file = tmp_path / "keys"
    file.write_text(shop_server.KEYS + "\n")
    file.chmod(0o644)
    shop = start_shop(database(), ready=False, FASTSHOP_KEYS="", FASTSHOP_KEY_FILE=str(file))
    assert shop.process.wait(WAIT_SECONDS_MAX) != 0
    assert "everybody may read or write it" in shop.log
