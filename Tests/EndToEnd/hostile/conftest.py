import pytest

from hostile.siege import Siege


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "siege" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.alone("a siege measures CPU, memory, and how long an innocent caller waits"))


@pytest.fixture(scope="package")
def besieged(tmp_path_factory, new_database):
    """One server for all attacks, each beside the same innocent caller. It has one loop, so that they meet."""
    from shop_server import ShopServer

    server = ShopServer(tmp_path_factory.mktemp("besieged"), new_database("besieged"), FASTSHOP_LOOPS="1")
    try:
        server.wait_until("SERVING")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="package")
def siege(besieged):
    siege = Siege(besieged)
    yield siege
    siege.stop()
