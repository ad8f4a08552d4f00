"""Waits for events, for any length of time on a busy machine, and never for a fixed time."""

import time

# Far longer than anything takes that happens at all.
WAIT_SECONDS_MAX = 60
_PAUSE_SECONDS = 0.02


def wait_until(condition, what="it does not happen", within: float = WAIT_SECONDS_MAX):
    """Waits for a true value of `condition()`, and returns it. `what`, or its result, is the message of a timeout."""
    end = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(_PAUSE_SECONDS)
    return found


def wait_out(seconds: float) -> None:
    """Lets time pass, for rules with a time limit. A longer wait must be harmless; otherwise use `wait_until`."""
    time.sleep(seconds)
