import pytest

from hostile.siege import Siege


@pytest.fixture(scope="package")
def besieged(tmp_path_factory, database):
    """One server for all attacks, each beside the same innocent caller. It has one loop, so that they meet."""
    from shop_server import ShopServer

    server = ShopServer(tmp_path_factory.mktemp("besieged"), database(), FASTSHOP_LOOPS="1")
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
