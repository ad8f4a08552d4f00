"""A Postgres for tests: in a temporary folder, on a Unix socket; tests kill and restart it."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from network_namespace import NetworkNamespace

START_SECONDS_MAX = 30
# A module's databases and the log take less than an eighth of it, and there are several workers.
MEMORY_FREE_BYTES_MIN = 4 * 2**30
SETTINGS = {
    "fsync": "off", "listen_addresses": "", "max_connections": "600", "shared_buffers": "64MB", "max_wal_size": "128MB",
    "autovacuum": "off",
}


def roomy_folder() -> str:
    """The fastest folder for files: a database has hundreds of files, and a run creates hundreds of databases."""
    memory = pathlib.Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free >= MEMORY_FREE_BYTES_MIN
    return str(memory) if has_room and available_memory() >= MEMORY_FREE_BYTES_MIN else "/tmp"


def available_memory() -> int:
    found = re.search(r"MemAvailable: *(\d+) kB", pathlib.Path("/proc/meminfo").read_text())
    return int(found[1]) * 1024 if found else 0


def binaries() -> pathlib.Path:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    assert on_path, "no Postgres programs: run `make packages`"
    return pathlib.Path(on_path).resolve().parent


def command(program: str, *arguments) -> list[str]:
    """A program of Postgres, which refuses to run as root: its Debian package made a user for it.

    setpriv, not subprocess's `user`: that forks a process in which gRPC's threads run, which gRPC does not survive.
    """
    unprivileged = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    return [*unprivileged, str(binaries() / program), *map(str, arguments)]


class PostgresCluster:
    def __init__(
        self, primary: "PostgresCluster | None" = None, environment: dict[str, str] | None = None,
        network: "NetworkNamespace | None" = None,
    ) -> None:
        """Empty, or an asynchronous replica of `primary`, which must be running. In `network`, it listens on TCP."""
        self._network = network
        self._environment = os.environ | (environment or {})
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fastshop-pg-", dir=roomy_folder()))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._server: subprocess.Popen | None = None
        if primary:
            copied = ["--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--no-sync"]
            self._run("pg_basebackup", "-h", primary.folder, "-U", "shop", "-D", self.folder / "data", *copied)
            return
        options = ["--username=shop", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        self._run("initdb", "--pgdata", self.folder / "data", *options)

    def url(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&user=shop"

    def url_with(self, other: "PostgresCluster", database: str) -> str:
        """Either of two servers of one cluster."""
        return f"postgresql:///{database}?host={self.folder},{other.folder}&user=shop"

    def wait_for(self, database: str, statement: str) -> None:
        """Waits until `statement`, a condition, holds."""
        end = time.monotonic() + START_SECONDS_MAX
        while self.sql(database, statement) != "t":
            assert time.monotonic() < end, statement
            time.sleep(0.05)

    def start(self) -> None:
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        start = command("postgres", "-D", self.folder / "data", "-k", self.folder, *settings)
        if self._network:
            start = self._network.command([*start, "-c", "listen_addresses=127.0.0.1"])
        with open(self.folder / "log", "ab") as log:
            self._server = subprocess.Popen(
                start, stdout=log, stderr=log, cwd="/", env=self._environment,
            )
        end = time.monotonic() + START_SECONDS_MAX
        while subprocess.run(command("pg_isready", "-q", "-h", self.folder), check=False).returncode != 0:
            assert self._server.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "Postgres does not start"
            time.sleep(0.05)

    def ensure_running(self) -> None:
        """Starts it if a test that failed left it dead."""
        if self._server is None or self._server.poll() is not None:
            self.start()

    def kill(self) -> None:
        """All connections break at once, as when the machine goes away."""
        assert self._server
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(START_SECONDS_MAX)

    def freeze(self) -> None:
        """No connection breaks and nothing is answered, as when the network swallows everything."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, kind: signal.Signals) -> None:
        assert self._server
        self._server.send_signal(kind)  # first: it starts no others any more
        threads = pathlib.Path(f"/proc/{self._server.pid}/task").iterdir()
        for pid in " ".join((thread / "children").read_text() for thread in threads).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), kind)

    def remove(self) -> None:
        if self._server and self._server.poll() is None:
            self.kill()
        # Databases have many files; deletion continues in the background.
        subprocess.Popen(["rm", "-rf", self.folder])

    def create(self, database: str, template: str = "template1") -> str:
        # By copies of its files: a fifth of the work of writing every page to the log.
        self.sql("postgres", f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(database)

    def drop(self, database: str) -> None:
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def sql(self, database: str, statement: str) -> str:
        arguments = ["-d", self.url(database), "-v", "ON_ERROR_STOP=1", "-qAt", "-c", statement]
        return self._run("psql", *arguments).strip()

    def dump(self, database: str, schema: str) -> str:
        """The data of a schema, as text."""
        return self._run("pg_dump", "-d", self.url(database), "--data-only", f"--schema={schema}")

    def _run(self, program: str, *arguments) -> str:
        done = subprocess.run(command(program, *arguments), capture_output=True, text=True, cwd="/", check=False)
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done.stdout
