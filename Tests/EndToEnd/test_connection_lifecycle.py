"""The age of connections, and their graceful end in HTTP/2."""

import signal
import time

import pytest
from hostile import frames
from hostile.adversary import Adversary
from hostile.calls import GOOD_CALL, HEALTH_WATCH
from hostile.frames import Code, message
from waiting import wait_out

WAIT_SECONDS = 60
HIGHEST_ID = 2**31 - 1
AGE_SECONDS = 4


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


def test_calls_on_their_way_when_the_server_leaves_are_still_taken(start_shop, database):
    server = start_shop(database())
    connection = Adversary(server.address)
    for _ in range(3):
        connection.answer(connection.call(*GOOD_CALL))
    watch = connection.call(HEALTH_WATCH, message(b""))
    assert connection.wait(lambda: len(connection.seen(watch).body) > 0)
    server.process.send_signal(signal.SIGTERM)
    # The announcement names no last call yet: it could not know of what is on its way.
    assert connection.wait(lambda: connection.goaways) and connection.last_ids == [HIGHEST_ID]
    late = connection.call(*GOOD_CALL)
    assert connection.answer(late).fields["grpc-status"] == "0"
    # It did not answer the PING, so the server waits its time and then names the true one.
    assert connection.wait(lambda: len(connection.last_ids) == 2) and connection.last_ids[1] == late
    assert connection.seen(watch).fields["grpc-status"] == "14"
    assert is_done(connection) and set(connection.goaways) == {Code.NO_ERROR}
    assert server.stop() == 0


def test_connections_of_one_age_do_not_leave_all_at_once(start_shop, database):
    server = start_shop(database(), FASTSHOP_AGE_SECONDS=str(AGE_SECONDS))
    connections, born, left = [], [], {}
    for _ in range(30):
        born.append(time.monotonic())
        connections.append(Adversary(server.address))
    end = time.monotonic() + AGE_SECONDS + WAIT_SECONDS
    while len(left) < len(connections):
        assert time.monotonic() < end
        for number, connection in enumerate(connections):
            if number not in left and connection.wait(lambda: connection.goaways, 0.001):
                left[number] = time.monotonic() - born[number]
    # Ten percent more or less of the age; thirty of them are not all of one hundredth. A busy machine makes them later.
    assert min(left.values()) >= 0.9 * AGE_SECONDS
    assert max(left.values()) - min(left.values()) > AGE_SECONDS / 100
    assert len({round(each, 1) for each in left.values()}) > 2


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
    for sent in range(1, 6):
        eager.send(frames.ping())
        eager.wait(lambda: eager.pings_answered == sent or eager.goaways)
    assert is_done(eager) and eager.goaways[-1] == Code.ENHANCE_YOUR_CALM
    assert b"too_many_pings" in eager.raw_start


def test_pings_that_were_permitted_harm_nobody(start_shop, database):
    server = start_shop(database(), FASTSHOP_PING_SECONDS="1", FASTSHOP_PINGS_WITHOUT_CALLS="true")
    calm = Adversary(server.address)
    for sent in range(1, 4):
        calm.send(frames.ping())
        assert calm.wait(lambda: calm.pings_answered == sent)
        wait_out(1.1)  # one a second is permitted
    assert calm.answer(calm.call(*GOOD_CALL)).fields["grpc-status"] == "0" and not calm.goaways
