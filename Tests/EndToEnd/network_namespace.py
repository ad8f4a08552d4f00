"""A network of its own for processes of a test, in which packets can be dropped."""

import shutil
import subprocess

WAIT_SECONDS_MAX = 30


class NetworkNamespace:
    """Has nothing but a loopback interface. Unix sockets lead in and out."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        assert self._holder.stdout
        if self._holder.stdout.readline().strip() != "ready":
            self.remove()
            raise PermissionError("this user cannot make a network namespace")

    @staticmethod
    def available() -> "NetworkNamespace | None":
        """A new one, or none where the machine does not permit it."""
        if not all(shutil.which(program) for program in ("unshare", "nsenter", "ip", "tc")):
            return None
        try:
            return NetworkNamespace()
        except PermissionError:
            return None

    def command(self, arguments: list) -> list:
        """The command that runs a program inside."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", *arguments]

    def drop_packets(self) -> None:
        """No packet arrives, and no sender is told: the queue of the interface has no room."""
        self._tc("add", "dev", "lo", "root", "pfifo", "limit", "0")

    def pass_packets(self) -> None:
        self._tc("del", "dev", "lo", "root")

    def _tc(self, action: str, *arguments: str) -> None:
        subprocess.run(
            self.command(["tc", "qdisc", action, *arguments]), check=True, timeout=WAIT_SECONDS_MAX)

    def remove(self) -> None:
        self._holder.kill()
        self._holder.wait(WAIT_SECONDS_MAX)
