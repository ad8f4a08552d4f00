import pytest

from hostile.attack_trial import AttackTrial


@pytest.fixture(scope="package")
def attacked_server(tmp_path_factory, new_database):
    """One server for all attacks, each beside the same control client. It has one loop, so that they meet."""
    from shop_server import ShopServer

    server = ShopServer(tmp_path_factory.mktemp("attacked_server"), new_database("attacked_server"), FASTSHOP_LOOPS="1")
    try:
        server.wait_until("SERVING")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="package")
def trial(attacked_server):
    trial = AttackTrial(attacked_server)
    yield trial
    trial.stop()
