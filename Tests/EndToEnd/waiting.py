"""Waits for events, for any length of time on a busy machine, and never for a fixed time."""

import time

# Far longer than anything takes that happens at all.
WAIT_SECONDS_MAX = 60
_PAUSE_SECONDS = 0.02


def wait_until(condition, what="it does not happen", within: float = WAIT_SECONDS_MAX):
    """What `condition()` returns once that is true; `what`, or what it returns, says what was waited for in vain."""
    end = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(_PAUSE_SECONDS)
    return found


def wait_out(seconds: float) -> None:
    """Lets the time pass that stands in a rule under test: what comes after it is what the test is about. Waiting for
    too long does no harm; where it would, this is the wrong way."""
    time.sleep(seconds)
