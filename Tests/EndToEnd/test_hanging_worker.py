"""A worker whose loops make no progress is replaced; one that was stopped with SIGSTOP is not."""

import ctypes
import os
import pathlib
import platform
import signal

import pytest
from recorded_calls import Callers
from stubs import products_of
from test_supervisor import WAIT_SECONDS_MAX, restarts
from waiting import wait_until

# Endlessly `pause`, in machine code.
PAUSE = {"x86_64": bytes.fromhex("b822000000" "0f05" "ebf7")}
# The shortest bound that may be set: the default takes longer than a test should.
HANG_SECONDS = 5


def libc_base(pid: int | str) -> int:
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        if "/libc.so.6" in line:
            return int(line.split("-")[0], 16)
    raise AssertionError("the process does not use libc")


def hang(pid: int) -> None:
    """From now on the threads of the process that wait for events never return: as after a deadlock."""
    function = ctypes.cast(ctypes.CDLL(None).epoll_wait, ctypes.c_void_p).value
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(libc_base(pid) + function - libc_base("self"))
        memory.write(PAUSE[platform.machine()])


@pytest.fixture(scope="module")
def shop(start_shop, database):
    return start_shop(database(), FASTSHOP_HANG_SECONDS=str(HANG_SECONDS))


def test_a_worker_that_somebody_has_stopped_is_left_alone_and_goes_on(shop):
    worker = shop.worker_pid
    os.kill(worker, signal.SIGSTOP)
    wait_until(lambda: "the worker is stopped by SIGSTOP" in shop.log, "nothing was said")
    os.kill(worker, signal.SIGCONT)
    wait_until(lambda: "the worker continues" in shop.log, "nothing was said")
    assert products_of(shop) and shop.worker_pid == worker


@pytest.mark.skipif(platform.machine() not in PAUSE, reason="knows this machine's code not")
def test_a_worker_that_hangs_is_replaced_and_calls_go_on(shop):
    shop.may_die = True
    former = shop.worker_pid
    callers = Callers(shop.address, products_of(shop)[0].id, connected=2, fresh=2)
    try:
        callers.wait_for(more=20, seconds=WAIT_SECONDS_MAX)
        hang(former)
        wait_until(lambda: "the next worker serves" in shop.log, "the worker was not replaced")
        callers.wait_for(more=20, seconds=WAIT_SECONDS_MAX)
    finally:
        callers.stop()
    assert shop.worker_pid != former
    assert "a loop of the worker makes no progress" in shop.log
    assert restarts(shop, "hang") == 1
