"""The environment of the program: unusual data directories, unrelated variables, ports and databases that refuse.

An impossible configuration is refused with a sentence before anything is done.
"""

import os
import pathlib
import re
import shutil
import socket
import tempfile

import pytest
from curl import curl
from postgres_cluster import PostgresCluster

from shop_server import KEYS, ShopServer, free_port, run
from waiting import wait_until

# Variables that libpq would apply to connections to the embedded Postgres.
LIBPQ = {
    "PGHOST": "192.0.2.1", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGDATABASE": "nothing", "PGUSER": "nobody",
    "PGPASSWORD": "wrong", "PGPASSFILE": "/nowhere", "PGOPTIONS": "-c default_transaction_read_only=on",
    "PGSERVICE": "nothing", "PGSERVICEFILE": "/nowhere", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere",
    "PGREQUIREPEER": "nobody", "PGCHANNELBINDING": "require", "PGTARGETSESSIONATTRS": "standby",
    "PGCLIENTENCODING": "LATIN1", "PGDATA": "/nowhere", "PGTZ": "Asia/Tokyo", "PGCONNECT_TIMEOUT": "0",
}
START_SECONDS_MAX = 60
# A wrong password is reported at once; this is for busy machines.
REFUSED_SECONDS_MAX = 30


@pytest.fixture
def folder():
    """One that Postgres can enter, which runs as another user when the tests run as root."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="fastshop-where-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


# The data directory.

ODD_NAMES = {
    "letters that mean something elsewhere": "a b,c 'd' \"e\" \\f %20 #?;=$(g)",
    "letters beyond ASCII": "größe 店",
    "a path longer than a socket's": "x" * 120,
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES.keys())
def test_the_data_directory_may_have_any_name(folder, name):
    data = folder / name
    for _ in range(2):  # made, and found again
        done = run("migrate", env={"FASTSHOP_DATA_DIR": str(data)}, timeout=START_SECONDS_MAX)
        assert done.returncode == 0, done.stderr
        assert (data / "postgres/data/PG_VERSION").exists()
    assert [path.name for path in folder.iterdir()] == [name]
    done = run(
        "create-admin", "ada@example.com", timeout=START_SECONDS_MAX,
        env={"FASTSHOP_DATA_DIR": str(data), "FASTSHOP_ADMIN_PASSWORD": "plain words do nicely"})
    assert done.returncode == 0, done.stderr


def test_a_command_beside_an_embedded_postgres_names_the_url_that_reaches_it(folder):
    shop, admin = ShopServer(folder, ""), {"FASTSHOP_ADMIN_PASSWORD": "plain words do nicely", "FASTSHOP_KEYS": KEYS}
    try:
        shop.wait_until("SERVING")
        refused = run(
            "create-admin", "ada@example.com", env=admin | {"FASTSHOP_DATA_DIR": shop.settings["FASTSHOP_DATA_DIR"]})
        assert refused.returncode == 1
        url = re.search(r"connect to it with\s+DATABASE_URL='(\S+)'", refused.stderr)[1]
        done = run("create-admin", "ada@example.com", env=admin | {"DATABASE_URL": url})
        assert done.returncode == 0, done.stderr
        conversion = ["convert-prices", "--from", "EUR", "--to", "CHF", "--rate", "1"]
        refused = run(*conversion, env={"FASTSHOP_DATA_DIR": shop.settings["FASTSHOP_DATA_DIR"], "FASTSHOP_KEYS": KEYS})
        assert refused.returncode == 1
        assert "Stop the server, then run this command again" in refused.stderr
        assert "DATABASE_URL" not in refused.stderr
    finally:
        shop.stop()


@pytest.mark.parametrize("password", [{}, {"FASTSHOP_ADMIN_PASSWORD": "plain words do nicely"}], ids=["none", "late"])
def test_a_demo_shop_without_an_administrator_says_so(start_shop, database, password):
    shop = start_shop(database(), "--demo", **password)
    assert ("the demo shop has no administrator" in shop.log) == bool(password)


@pytest.mark.parametrize("name", ["line\nbreak", "\x1b[31m", "/".join(["y" * 200] * 5)], ids=["line", "escape", "long"])
@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_data_directory_that_cannot_work_is_refused_and_not_made(folder, command, name):
    done = run(command, env={"FASTSHOP_DATA_DIR": str(folder / name)}, timeout=20)
    assert done.returncode == 1
    assert "FASTSHOP_DATA_DIR is" in done.stderr and "it must be a path" in done.stderr
    assert not list(folder.iterdir())


# Variables of the environment.


def test_libpqs_variables_do_not_reach_our_own_postgres(folder):
    done = run("migrate", env=LIBPQ | {"FASTSHOP_DATA_DIR": str(folder / "data")}, timeout=START_SECONDS_MAX)
    assert done.returncode == 0, done.stderr


def test_libpqs_variables_do_not_reach_the_worker_either(folder):
    shop = ShopServer(folder, "", **LIBPQ)
    try:
        shop.wait_until()
        answer = curl(f"http://{shop.address}/fastshop.catalog.v1.CatalogService/ListProducts", "--json", "{}")
        assert answer.status == 200, answer.text
    finally:
        assert shop.stop() == 0


def test_libpqs_variables_complete_a_url_and_change_nothing_else(cluster):
    cluster.create("completed")
    others = {name: LIBPQ[name] for name in ("PGHOSTADDR", "PGOPTIONS", "PGSERVICE", "PGTARGETSESSIONATTRS", "PGTZ")}
    access = {"PGHOST": str(cluster.folder), "PGUSER": "shop"}
    done = run("migrate", env=others | access | {"DATABASE_URL": "postgresql:///completed"})
    assert done.returncode == 0, done.stderr
    assert 'variables="PGHOSTADDR' in done.stderr or "variables=PGHOSTADDR" in done.stderr
    assert cluster.sql("completed", "SELECT count(*) > 0 FROM public.schema_migration") == "t"


def test_a_variable_that_is_none_of_ours_is_told_with_the_one_that_was_meant(cluster):
    settings = {
        "FASTSHOP_LISTE": "hush-1", "FASTSHOP_LOG_LEVELS": "hush-2", "FASTSHOP_WHATEVER_THAT_IS": "hush-3",
        "FASTSHOP_OIDC_PROVIDERS": "my-acme", "FASTSHOP_OIDC_MY_ACME_ISSUER": "https://acme.example",
        "FASTSHOP_OIDC_MY_ACME_CLIENTID": "hush-4", "FASTSHOP_OIDC_OTHER_NAME": "hush-5", "FASTSHOP_LOOPS": "1",
    }
    done = run("migrate", env=settings | {"DATABASE_URL": cluster.create("typos")})
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if "there is no setting" in line]
    assert len(told) == 5, told
    for meant in ("FASTSHOP_LISTEN", "FASTSHOP_LOG_LEVEL", "FASTSHOP_OIDC_MY_ACME_CLIENT_ID"):
        assert sum(f"did you mean {meant}?" in line for line in told) == 1, told
    assert "hush" not in done.stderr


# Ports and databases.


def test_a_port_that_is_taken_leaves_the_database_alone(cluster, tmp_path):
    url = cluster.create("taken_port")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for setting in ("FASTSHOP_LISTEN", "FASTSHOP_TLS_LISTEN", "FASTSHOP_METRICS_LISTEN"):
            free = {"FASTSHOP_LISTEN": f"127.0.0.1:{free_port()}", "FASTSHOP_TLS_LISTEN": f"127.0.0.1:{free_port()}"}
            settings = {"DATABASE_URL": url, "FASTSHOP_KEYS": KEYS, "FASTSHOP_DATA_DIR": str(tmp_path)}
            done = run("serve", env=settings | free | {setting: address}, timeout=30)
            assert done.returncode == 1
            assert address in done.stderr
    assert cluster.sql("taken_port", "SELECT to_regclass('public.schema_migration') IS NULL") == "t"


@pytest.fixture(scope="module")
def strict_cluster():
    """A Postgres that asks one of its users for a password, and lets another not in at all."""
    cluster = PostgresCluster()
    try:
        rules = cluster.folder / "data/pg_hba.conf"
        owner = rules.stat()
        rules.write_text("local all locked scram-sha-256\nlocal all banned reject\n" + rules.read_text())
        os.chown(rules, owner.st_uid, owner.st_gid)
        cluster.start()
        cluster.create("shop")
        cluster.sql("shop", "CREATE ROLE locked LOGIN PASSWORD 'right'; CREATE ROLE banned LOGIN")
        yield cluster
    finally:
        cluster.remove()


REFUSALS = [
    ("locked", "hush-wrong", "shop", "password authentication failed"),
    ("locked", "", "shop", "no password supplied"),
    ("shop", "", "nothing", 'database "nothing" does not exist'),
    ("nobody_known", "", "shop", 'role "nobody_known" does not exist'),
    ("banned", "", "shop", "pg_hba.conf rejects connection"),
]


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize(("user", "password", "database", "says"), REFUSALS)
def test_a_database_that_lets_nobody_in_ends_the_start(
    strict_cluster, tmp_path, command, user, password, database, says,
):
    secret = f":{password}" if password else ""
    settings = {
        "DATABASE_URL": f"postgresql://{user}{secret}@/{database}?host={strict_cluster.folder}", "FASTSHOP_KEYS": KEYS,
        "FASTSHOP_LISTEN": f"127.0.0.1:{free_port()}", "FASTSHOP_TLS_LISTEN": "off", "FASTSHOP_DATA_DIR": str(tmp_path),
    }

    def end():
        """Its exit code, unless a busy machine let it time out before Postgres answered."""
        done = run(command, env=settings, timeout=REFUSED_SECONDS_MAX)
        assert done.returncode == 1, done.stderr
        return done if "no server that can be written to is reached" not in done.stderr.splitlines()[-1] else None

    done = wait_until(end)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("fastshop: The database refuses the connection") and says in last
    assert "hush" not in done.stderr
    assert "LOCATION" not in done.stderr
