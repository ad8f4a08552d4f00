"""A private Postgres: its own data, a Unix socket in a directory of its own, gone afterwards."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

START_LIMIT_SECONDS = 30
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "fsync": "off",
    "autovacuum": "off",
    "max_connections": "100",
    "log_min_messages": "panic",
}


def _programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    if not found:
        raise SystemExit("no Postgres server found below /usr/lib/postgresql")
    return os.path.dirname(found[-1])


class Cluster:
    """A running cluster. Postgres refuses to run as root, so root runs it as the user `postgres`."""

    def __init__(self, schema):
        self._programs = _programs()
        self.directory = tempfile.mkdtemp(prefix="fastshop-bench-")
        self._as = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            os.chmod(self.directory, 0o755)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = os.path.join(self.directory, "data")
        subprocess.run(
            [self.program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
             "--no-locale"], check=True, stdout=subprocess.DEVNULL, cwd=self.directory, **self._as)
        command = [self.program("postgres"), "-D", data, "-k", self.directory]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=self.directory, **self._as)
        try:
            self._await()
            self.load(schema)
        except BaseException:
            self.stop()
            raise

    def load(self, script):
        """Runs a script of SQL."""
        subprocess.run(["psql", *self.address, "-v", "ON_ERROR_STOP=1", "-q", "-f", script], check=True, timeout=120)

    def program(self, name):
        return os.path.join(self._programs, name)

    @property
    def pid(self):
        return self._process.pid

    @property
    def address(self):
        return ["-h", self.directory, "-U", "postgres", "-d", "postgres"]

    @property
    def conninfo(self):
        return f"host={self.directory} user=postgres dbname=postgres"

    @property
    def url(self):
        return f"postgresql://postgres@/postgres?host={self.directory}"

    def _await(self):
        end = time.monotonic() + START_LIMIT_SECONDS
        while subprocess.run(["pg_isready", "-q", *self.address]).returncode != 0:
            if time.monotonic() > end or self._process.poll() is not None:
                raise SystemExit("Postgres did not start")
            time.sleep(0.1)

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
