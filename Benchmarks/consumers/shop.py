"""Databases with the shop's tables, and the processes that append and consume events."""

import json
import os
import pathlib
import select
import subprocess
import time

from compare.cluster import Cluster
from compare.processes import cpu_seconds

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("FASTSHOP_CONSUMER_BENCH", str(HERE.parents[1] / ".build/release/consumer-bench"))
TEMPLATE = "consumers"
# Longer than anything takes that happens at all.
WAIT_SECONDS_MAX = 120
READ_BYTES_MAX = 65_536

# Of the events, of the effects; how many events have no effect, how many have several, and how many effects are not
# those of the account's next change.
CHECK = """
WITH events AS (SELECT seq FROM platform.event WHERE topic = 'bench.account'),
     effects AS (SELECT seq, number, row_number() OVER (PARTITION BY account ORDER BY place) AS expected
                   FROM bench.effect)
SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM effects),
       (SELECT count(*) FROM (SELECT seq FROM events EXCEPT SELECT seq FROM effects) m),
       (SELECT count(*) FROM (SELECT seq FROM effects GROUP BY seq HAVING count(*) > 1) r),
       (SELECT count(*) FROM effects WHERE number <> expected)
"""


class Shops:
    """A Postgres with one empty shop, which is copied for each measurement."""

    def __init__(self):
        self.cluster = Cluster(HERE / "empty.sql")
        try:
            self.sql("postgres", f"CREATE DATABASE {TEMPLATE}")
            prepared = subprocess.run(
                [PROGRAM, "prepare", "--database-url", self.url(TEMPLATE)], capture_output=True, text=True,
                timeout=WAIT_SECONDS_MAX)
            if prepared.returncode != 0:
                raise SystemExit(prepared.stderr)
            subprocess.run(
                ["psql", *self.address(TEMPLATE), "-v", "ON_ERROR_STOP=1", "-q", "-f", HERE / "tables.sql"],
                check=True, timeout=WAIT_SECONDS_MAX)
        except BaseException:
            self.stop()
            raise

    def address(self, database):
        return ["-h", self.cluster.directory, "-U", "postgres", "-d", database]

    def url(self, database):
        return f"postgresql://postgres@/{database}?host={self.cluster.directory}"

    def sql(self, database, statement):
        """The rows, as lists of texts."""
        done = subprocess.run(
            ["psql", *self.address(database), "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", statement],
            check=True, capture_output=True, text=True, timeout=WAIT_SECONDS_MAX)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def create(self, name):
        self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    def check(self, database):
        """What is wrong with the effects; empty when each event has its effect once, in the order of its account."""
        events, effects, missing, repeated, disordered = (int(text) for text in self.sql(database, CHECK)[0])
        wrong = {"without an effect": missing, "with several effects": repeated, "out of order": disordered}
        return events, effects, ", ".join(f"{count} {name}" for name, count in wrong.items() if count)

    def cpu_seconds(self):
        """CPU of Postgres so far: of its processes that live, and of those that have ended."""
        postmaster = self.cluster.pid
        total, ticks = 0.0, os.sysconf("SC_CLK_TCK")
        for each in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                fields = (each / "stat").read_text().rsplit(") ", 1)[1].split()
                if int(each.name) == postmaster:
                    total += sum(int(text) for text in fields[13:15]) / ticks
                if int(fields[1]) == postmaster or int(each.name) == postmaster:
                    total += cpu_seconds(int(each.name))
            except (OSError, IndexError):
                continue
        return total

    def stop(self):
        self.cluster.stop()


class Process:
    """A consumer-bench that we started, and that we end."""

    def __init__(self, *arguments):
        self._process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0)
        os.set_blocking(self._process.stdout.fileno(), False)
        self._rest = b""
        self.cpu = None

    def fileno(self):
        return self._process.stdout.fileno()

    @property
    def is_running(self):
        """One that has ended is left for ``result`` to wait for."""
        if self._process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def lines(self, within=0.0):
        """The lines that have come since the last time; waits for some."""
        if not select.select([self], [], [], within)[0]:
            return []
        *lines, self._rest = (self._rest + os.read(self.fileno(), READ_BYTES_MAX)).split(b"\n")
        return [line.decode() for line in lines]

    def wait_for(self, prefix):
        """The first line that begins so."""
        end = time.monotonic() + WAIT_SECONDS_MAX
        is_running = True
        while is_running and time.monotonic() < end:
            is_running = self.is_running
            for line in self.lines(within=1):
                if line.startswith(prefix):
                    return line
        raise SystemExit("consumer-bench did not do what it was asked to")

    def result(self):
        """Its line of JSON, when it has ended; `cpu` has its CPU seconds then."""
        line = self.wait_for("{")
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        return json.loads(line)

    def kill(self):
        """Kills it with SIGKILL, and returns the lines that it had still printed."""
        self._process.kill()
        self._process.wait()
        lines = []
        while some := self.lines():
            lines += some
        self._process.stdout.close()
        return lines

    def end(self):
        if self.is_running:
            self.kill()
