"""How long connections live, and how they end: with a word that HTTP/2 has for it."""

import time

import pytest
from hostile import frames
from hostile.adversary import Adversary
from hostile.calls import GOOD_CALL, HEALTH_WATCH
from hostile.frames import Code, message

WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def hasty(start_shop, database):
    """A server whose connections live for a second or two."""
    return start_shop(
        database(), FASTSHOP_IDLE_SECONDS="1", FASTSHOP_AGE_SECONDS="2", FASTSHOP_AGE_GRACE_SECONDS="1")


def is_done(adversary) -> bool:
    return adversary.wait(lambda: adversary.closed, WAIT_SECONDS)


def test_an_idle_connection_is_closed_in_good_order(hasty):
    connection = Adversary(hasty.address)
    assert connection.answer(connection.call(*GOOD_CALL)).fields["grpc-status"] == "0"
    assert is_done(connection) and connection.goaways and set(connection.goaways) == {Code.NO_ERROR}


def test_an_old_connection_sends_its_endless_streams_elsewhere(hasty):
    connection = Adversary(hasty.address)
    watch = connection.call(HEALTH_WATCH, message(b""))
    assert connection.wait(lambda: len(connection.seen(watch).body) > 0)
    assert connection.wait(lambda: connection.seen(watch).ended, WAIT_SECONDS)
    assert connection.seen(watch).fields["grpc-status"] == "14"  # UNAVAILABLE: go on elsewhere
    assert is_done(connection) and set(connection.goaways) == {Code.NO_ERROR}


def test_a_caller_that_is_silent_and_does_not_answer_is_closed(start_shop, database):
    server = start_shop(database(), FASTSHOP_KEEPALIVE_SECONDS="1", FASTSHOP_KEEPALIVE_TIMEOUT_SECONDS="1")
    silent = Adversary(server.address)
    watch = silent.call(HEALTH_WATCH, message(b""))
    assert silent.wait(lambda: len(silent.seen(watch).body) > 0)
    assert is_done(silent), "it was asked by PINGs, and never answered"


def test_too_many_pings_are_told_so(start_shop, database):
    server = start_shop(database(), FASTSHOP_PING_SECONDS="300")
    eager = Adversary(server.address)
    watch = eager.call(HEALTH_WATCH, message(b""))
    assert eager.wait(lambda: len(eager.seen(watch).body) > 0)
    for _ in range(5):
        eager.send(frames.ping())
        time.sleep(0.05)
    assert is_done(eager) and eager.goaways[-1] == Code.ENHANCE_YOUR_CALM
    assert b"too_many_pings" in eager.raw_start


def test_pings_that_were_permitted_harm_nobody(start_shop, database):
    server = start_shop(database(), FASTSHOP_PING_SECONDS="1", FASTSHOP_PINGS_WITHOUT_CALLS="true")
    calm = Adversary(server.address)
    for sent in range(1, 4):
        calm.send(frames.ping())
        assert calm.wait(lambda: calm.pings_answered == sent)
        time.sleep(1.1)
    assert calm.answer(calm.call(*GOOD_CALL)).fields["grpc-status"] == "0" and not calm.goaways
