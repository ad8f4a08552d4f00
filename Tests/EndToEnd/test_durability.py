"""What survives the death of all servers: stored responses, the audit log, the keys of secrets."""

import json
import os
import pathlib
import queue
import random
import re
import signal
import subprocess
import threading
import uuid

import grpc
import pytest
import shop_server
from fastshop.audit.v1 import audit_service_pb2 as audit
from fastshop.audit.v1 import audit_service_pb2_grpc as audit_grpc
from google.rpc import error_details_pb2
from row_lock import RowLock
from stubs import CALL_SECONDS, adjustment, details_of, inventory, inventory_of, products_of
from waiting import wait_until

WAIT_SECONDS_MAX = 60
# The status of `fastshop audit verify` when all fits, and there is nothing to compare it with.
NOT_COMPARED = 3
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
    question = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fastshop' AND state <> 'idle'"
        f" AND datname = '{server.database}' AND query LIKE 'WITH s AS%'"
    )
    wait_until(lambda: cluster.sql("postgres", question) == "0", "the killed server's statements never ended")


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
        answered = []
        for request in requests:
            waiting.put(request)

        def send():
            while True:
                try:
                    variant, request_id = waiting.get_nowait()
                    answer = adjust(doomed, variant, 1, request_id=request_id)
                except (queue.Empty, grpc.RpcError):
                    return
                answered.append(request_id)
                assert answers.setdefault(request_id, answer) == answer

        senders = [threading.Thread(target=send) for _ in range(8)]
        for sender in senders:
            sender.start()
        in_flight = chance.randrange(len(requests) // 2)
        wait_until(lambda: len(answered) >= in_flight)
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
    verified = fastshop(url, "audit", "verify")
    assert verified.returncode == NOT_COMPARED and f"{len(requests) + MADE} entries" in verified.stderr
    exported = fastshop(url, "audit", "export")
    entries = [json.loads(line) for line in exported.stdout.splitlines()]
    assert exported.returncode == 0 and len({entry["id"] for entry in entries}) == len(requests) + MADE
    assert fastshop(url, "audit", "export", "--to", "2020-01-01T00:00:00Z").stdout == ""


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
    unknown = fastshop(url, "audit", "verify", "--heads", str(heads))
    assert unknown.returncode == NOT_COMPARED and "--first" in unknown.stderr and not heads.exists()
    first = fastshop(url, "audit", "verify", "--heads", str(heads), "--first")
    assert first.returncode == 0 and f"intact: {5 + MADE} entries; its heads are stored\n" in first.stdout
    noted = heads.read_text()
    assert os.stat(heads).st_mode & 0o777 == 0o600
    assert fastshop(url, "audit", "verify", "--heads", str(heads)).returncode == 0
    # A file that was changed is not believed.
    heads.write_text(noted.replace("fastshop-audit-heads-1.AQ", "fastshop-audit-heads-1.AR"))
    changed = fastshop(url, "audit", "verify", "--heads", str(heads))
    assert changed.returncode == 1 and "line 2 of the heads: changed" in changed.stdout
    heads.write_text(noted)
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


def test_heads_go_out_by_themselves_and_are_demanded(cluster, start_shop, database, tmp_path):
    url, sent = database(), tmp_path / "sent.jsonl"
    servers = [start_shop(url, FASTSHOP_AUDIT_HEADS_FILE=str(sent)) for _ in range(2)]
    variant = products_of(servers[0])[0].variants[0].id
    for delta in range(1, 30):
        adjust(servers[delta % 2], variant, delta)
    for server in servers:
        server.stop()
    assert os.stat(sent).st_mode & 0o777 == 0o600
    log = tmp_path / "both.log"
    log.write_text(servers[0].log + servers[1].log)
    for source in (sent, log):
        whole = fastshop(url, "audit", "verify", "--sent", str(source))
        assert whole.returncode == 0, whole.stdout + whole.stderr
    lines = sent.read_text().splitlines(keepends=True)
    assert len(lines) >= 3 and all(json.loads(line)["node"] for line in lines)
    sent.write_text("".join(lines[:-2] + lines[-1:]))
    gap = fastshop(url, "audit", "verify", "--sent", str(sent))
    assert gap.returncode == 1 and "the record before them is missing" in gap.stdout
    # The owner of the database empties it without a trace.
    name = servers[0].database
    cluster.sql(
        name,
        "SET session_replication_role = replica; DELETE FROM audit.entry; DELETE FROM audit.signed_place;"
        " UPDATE audit.chain SET length = 0, hash = floor_hash, at = '-infinity'")
    assert fastshop(url, "audit", "verify").returncode == NOT_COMPARED
    emptied = fastshop(url, "audit", "verify", "--sent", str(log))
    assert emptied.returncode == 1 and "missing" in emptied.stdout


@pytest.fixture
def tiny_disk():
    """A file system with room for one record of heads and a part of the next, and how to make it larger."""
    place = pathlib.Path("/tmp") / f"fastshop-tiny-{os.getpid()}"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", place]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        place.rmdir()
        pytest.skip(f"NO FULL DISK WAS TRIED: a file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield place, lambda: subprocess.run(["mount", "-o", "remount,size=64k", place], check=True)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


def test_a_full_disk_leaves_no_half_record_of_heads(start_shop, database, tiny_disk):
    """Half a record would look like a manipulation for as long as the file is kept."""
    url, (place, enlarge) = database(), tiny_disk
    sent = place / "sent.jsonl"
    server = start_shop(url, FASTSHOP_AUDIT_HEADS_FILE=str(sent))
    wait_until(lambda: sent.exists() and sent.read_text().endswith("\n"))
    adjust(server, products_of(server)[0].variants[0].id, 1)
    server.stop()
    assert "the heads of the audit log were not exported" in server.log
    assert [line[-1:] for line in sent.read_text().splitlines(keepends=True)] == ["\n"]
    enlarge()
    start_shop(url, FASTSHOP_AUDIT_HEADS_FILE=str(sent)).stop()
    assert len(sent.read_text().splitlines()) == 2
    whole = fastshop(url, "audit", "verify", "--sent", str(sent))
    assert whole.returncode == 0, whole.stdout + whole.stderr


@pytest.fixture
def store(tmp_path):
    """An object store of the S3 kind with a bucket that locks objects, and the settings that lead there."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    secret = tmp_path / "secret"
    secret.write_text("the secret/of the+key\n".replace(" ", ""))
    client = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", region_name="eu-central-1", aws_access_key_id="shop",
        aws_secret_access_key=secret.read_text().strip())
    client.create_bucket(
        Bucket="heads", ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    settings = {
        "FASTSHOP_AUDIT_STORE_URL": f"http://{host}:{port}/heads", "FASTSHOP_AUDIT_STORE_REGION": "eu-central-1",
        "FASTSHOP_AUDIT_STORE_KEY_ID": "shop", "FASTSHOP_AUDIT_STORE_SECRET_FILE": str(secret),
        "FASTSHOP_AUDIT_STORE_DAYS": "30",
    }
    yield client, settings
    server.stop()


def test_heads_go_to_an_object_store_that_keeps_them(cluster, start_shop, database, store):
    client, settings = store
    url = database()
    keyed = settings | {"DATABASE_URL": url, "FASTSHOP_KEYS": shop_server.KEYS}
    empty = shop_server.run("audit", "verify", "--store", env=keyed)
    assert empty.returncode == NOT_COMPARED, empty.stderr
    shop = start_shop(url, **settings)
    adjust(shop, products_of(shop)[0].variants[0].id, 1)
    shop.stop()
    assert "were not exported" not in shop.log
    kept = client.list_objects_v2(Bucket="heads")["Contents"]
    assert len(kept) >= 2
    head = client.head_object(Bucket="heads", Key=kept[-1]["Key"])
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert (head["ObjectLockRetainUntilDate"] - head["LastModified"]).days in (29, 30)
    whole = shop_server.run("audit", "verify", "--store", env=keyed)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    cluster.sql(shop.database, "SET session_replication_role = replica; DELETE FROM audit.entry")
    assert shop_server.run("audit", "verify", "--store", env=keyed).returncode == 1


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
    assert re.fullmatch(r"rewrapped 2 keys, re-encrypted [1-9]\d* secrets\n", other.stdout)
    assert keys.read_text().endswith(first) and len(keys.read_text().splitlines()) == 2
    assert [entry.action for entry in entries_of(shop)] == ["platform.keys.rotate", "identity.user.create_admin"]
    late = start_shop(url, FASTSHOP_KEYS="", FASTSHOP_KEY_FILE=str(keys))
    assert len(entries_of(late)) == 1 + MADE
    # A server without the key does not start, and logs the reason.
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
