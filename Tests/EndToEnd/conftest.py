"""The fixtures: a Postgres, a template database with a demo shop, and servers on copies of it.

Each worker of pytest-xdist runs whole modules, with its own Postgres.
"""

import contextlib
import itertools
import pathlib
import subprocess
import sys
import tempfile

import pytest

import shop_server
from postgres_cluster import PostgresCluster
from shop_server import ShopServer
from wire import Wire

DEMO_PRODUCTS = 120
TEMPLATE = "demo_shop"
# The lines of a server's log that a failed test shows.
LOG_LINES_MAX = 50
# The slowest modules start first: otherwise one worker would still run one of them when the others are done.
LONGEST = [
    "test_jobs", "test_encryption_at_rest", "test_mail", "test_silent_postgres", "test_durability",
    "test_postgres_outage", "test_process_environment", "test_wire", "test_fuzzed_requests", "test_idempotency",
    "test_limits", "test_supervisor", "test_clock_steps", "test_revocation", "test_sellers", "test_make_run",
]

_database_numbers = itertools.count(1)
_stubs = tempfile.TemporaryDirectory(prefix="fastshop-stubs-")


def pytest_configure() -> None:
    """Generates the API's Python modules from the current Proto/."""
    missing = [name for name in LONGEST if not pathlib.Path(__file__).with_name(f"{name}.py").exists()]
    assert not missing, f"LONGEST names modules that do not exist: {missing}"
    generate = shop_server.ROOT / "Clients/python/generate_stubs.py"
    subprocess.run([sys.executable, generate, _stubs.name], check=True)
    sys.path.insert(0, _stubs.name)


def pytest_unconfigure() -> None:
    _stubs.cleanup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(LONGEST)))  # stable


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A failed test shows the warnings and errors of its servers."""
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    for name, server in item.funcargs.items():
        if isinstance(server, ShopServer):
            lines = [line for line in server.log.splitlines() if " level=error " in line or " level=warning " in line]
            report.sections.append((f"the log of {name}", "\n".join(lines[-LOG_LINES_MAX:])))


@pytest.fixture(scope="session")
def cluster():
    assert shop_server.BINARY.exists(), f"{shop_server.BINARY} is not built: run `make build`"
    cluster = PostgresCluster()
    try:
        cluster.start()
        url = cluster.create(TEMPLATE)
        shop_server.prepare(url, products=DEMO_PRODUCTS)
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def new_database(cluster):
    """Creates a database with the demo shop, with the given name, for the whole run."""
    return lambda name: cluster.create(name, TEMPLATE)


@pytest.fixture(scope="module")
def database(cluster, new_database):
    """Creates databases with the demo shop, one for each call, which are dropped when the module ends."""
    made: list[str] = []

    def make() -> str:
        made.append(f"shop_{next(_database_numbers)}")
        return new_database(made[-1])

    yield make
    cluster.ensure_running()
    for name in made:
        cluster.drop(name)


@pytest.fixture(scope="module")
def start_shop(tmp_path_factory, database):  # ends before the databases do
    """Starts servers that end with the module: `start_shop(database_url, *arguments, **settings)`."""
    started: list[ShopServer] = []

    def start(database_url: str, *arguments: str, ready: bool = True, **settings: str) -> ShopServer:
        server = ShopServer(pathlib.Path(tmp_path_factory.mktemp("shop")), database_url, *arguments, **settings)
        started.append(server)
        if ready:
            server.wait_until("SERVING")
        return server

    yield start
    with contextlib.ExitStack() as stopping:  # also when one of them does not stop well
        for server in started:
            if server.process.poll() is None:
                stopping.callback(server.stop)
    died = [server.log for server in started if server.DEATH in server.log and not server.may_die]
    assert not died, "\n".join(died)


@pytest.fixture(scope="module")
def shop(start_shop, database) -> ShopServer:
    """One server with its own database."""
    return start_shop(database())


@pytest.fixture(scope="module")
def two_shops(start_shop, database) -> tuple[ShopServer, ShopServer]:
    """Two servers on one database."""
    url = database()
    return start_shop(url), start_shop(url)


@pytest.fixture(scope="module")
def here(two_shops) -> ShopServer:
    """The first of two servers on one database."""
    return two_shops[0]


@pytest.fixture
def wire(shop):
    """A connection for frames."""
    wire = Wire(shop)
    yield wire
    wire.close()
