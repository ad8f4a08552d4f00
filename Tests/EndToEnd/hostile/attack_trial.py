"""An attack on a real server, and its permitted cost: memory, CPU, and delays of a control client."""

import contextlib
import dataclasses
import pathlib
import time

from hostile.adversary import Adversary
from hostile.outcomes import Outcome
from hostile.control_client import ControlClient, Report, cpu_seconds
from waiting import wait_out

MIB = 2**20
# The permitted growth of the server's memory in one attack, at its peak.
GROWTH_BYTES_MAX = 24 * MIB
# The permitted CPU time of one attack in a debug build, besides the control client's calls.
CPU_SECONDS_MAX = 3.0
# The server may delay the control client by twice the delay without an attack; smaller values cannot be measured.
CONTROL_WAIT_SECONDS = 0.05
CONTROL_WAIT_FACTOR = 2
# However busy the machine, a server that does not compute answers in this time at least once in several attempts.
ANSWER_SECONDS_MAX = 1.0
CALM_SECONDS = 1.0
# Each attack is seen by this many of the control client's calls at least.
CALLS_MIN = 40
ATTEMPTS = 5


@dataclasses.dataclass
class Cost:
    growth_bytes: int = 0
    cpu_seconds: float = 0
    control: Report | None = None


class AttackTrial:
    """A server under attack, and the control client."""

    def __init__(self, server) -> None:
        self.server = server
        self.pid = server.worker_pid
        self.control = ControlClient(server.address, self.pid)
        with self.watched() as calm:
            wait_out(CALM_SECONDS)
        self.control_wait_max = max(CONTROL_WAIT_FACTOR * calm.control.p99_delay_seconds, CONTROL_WAIT_SECONDS)

    def withstands(
        self, attack, outcome: Outcome, growth_max: int = GROWTH_BYTES_MAX, cpu_max: float = CPU_SECONDS_MAX,
        work_seconds: float = 0, **connection,
    ) -> None:
        """`attack(adversary)` may return the stream whose ending counts."""

        def once() -> None:
            with contextlib.closing(Adversary(self.server.address, **connection)) as adversary:
                outcome.check(adversary, attack(adversary))

        self.withstands_beside(once, growth_max, cpu_max, work_seconds)

    def withstands_beside(
        self, attack, growth_max: int = GROWTH_BYTES_MAX, cpu_max: float = CPU_SECONDS_MAX, work_seconds: float = 0
    ) -> None:
        """`attack()` checks its own outcome. `work_seconds` is the time that its calls legitimately take in a debug
        build, for which others have to wait.

        A busy machine may delay the control client. So the attack is repeated, and the best result counts: an attack
        that delays the control client does so each time.
        """
        reports = []
        for _ in range(ATTEMPTS):
            with self.watched() as cost:
                attack()
            self._check(cost, growth_max, cpu_max)
            reports.append(cost.control)
            if (
                cost.control.p99_delay_seconds <= self.control_wait_max + work_seconds
                and cost.control.p99_seconds <= ANSWER_SECONDS_MAX + work_seconds
            ):
                return
        raise AssertionError(f"the control client was delayed: {reports}, {self.control_wait_max} s at most is right")

    def _check(self, cost: Cost, growth_max: int, cpu_max: float) -> None:
        assert self.server.is_unharmed, f"the server ended:\n{self.server.log}"
        assert cost.growth_bytes <= growth_max, f"memory grew by {cost.growth_bytes / MIB:.1f} MiB"
        assert cost.cpu_seconds <= cpu_max, f"it cost {cost.cpu_seconds:.2f} s of CPU"

    @contextlib.contextmanager
    def watched(self):
        """Fills in the cost of what happens inside."""
        cost = Cost()
        before = resident_bytes(self.pid)
        forget_peak(self.pid)
        cpu = cpu_seconds(self.pid)
        self.control.begin()
        start = time.monotonic()
        yield cost
        cost.cpu_seconds = cpu_seconds(self.pid) - cpu
        wait_out(max(0.0, CALLS_MIN / 200 - (time.monotonic() - start)))  # or there is nothing to measure
        cost.control = self.control.end()
        assert cost.control.calls > 0
        cost.growth_bytes = peak_bytes(self.pid) - before

    def stop(self) -> None:
        self.control.stop()


def status_bytes(pid: int, name: str) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {name} of process {pid}")


def resident_bytes(pid: int) -> int:
    return status_bytes(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    return status_bytes(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """The highest resident memory is counted from now on (proc(5), clear_refs)."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
