"""Starts processes on a core, ends them, reads their CPU time."""

import socket
import subprocess
import time

SERVER_CORE, LOAD_CORE, ALL_CORES = "0", "1", "0,1"
START_LIMIT_SECONDS = 30
STOP_LIMIT_SECONDS = 5


def pinned(core, command):
    return ["taskset", "-c", core, *map(str, command)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """CPU of all of a process's threads, to the nanosecond (its CPU-time clock, see clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


class Server:
    """A server that we started, and that we end."""

    def __init__(self, name, port, command, log, tls_port=None, cores=SERVER_CORE):
        self.name, self.port, self.tls_port = name, port, tls_port
        self._log_path = log
        with open(log, "w") as output:
            self._process = subprocess.Popen(
                pinned(cores, command), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.pid = self._process.pid
        for each in filter(None, (port, tls_port)):
            self._await(each)

    def _await(self, port):
        end = time.monotonic() + START_LIMIT_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise SystemExit(f"{self.name} did not start; its last words:\n{self.last_words()}")

    def last_words(self):
        with open(self._log_path) as log:
            return log.read()[-2000:]

    def stop(self):
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
