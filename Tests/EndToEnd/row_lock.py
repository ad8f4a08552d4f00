"""Locks a row or a table of Postgres from outside, so that calls wait for it."""

import subprocess

from postgres_cluster import PostgresCluster, command
from waiting import wait_until

WAIT_SECONDS_MAX = 60


class HeldLock:
    """`with HeldLock(cluster, database, "LOCK TABLE …"):` holds what the statement locks."""

    def __init__(self, cluster: PostgresCluster, database: str, statement: str) -> None:
        self._cluster, self._database = cluster, database
        self._psql = subprocess.Popen(
            command("psql", "-d", cluster.url(database), "-qAt"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
        )
        self._say(f"BEGIN; {statement}; SELECT 'locked';")
        assert "locked" in iter(lambda: self._psql.stdout.readline().strip(), "")

    def _say(self, statement: str) -> None:
        self._psql.stdin.write(statement + "\n")
        self._psql.stdin.flush()

    def waiters(self) -> int:
        return int(
            self._cluster.sql(
                "postgres",
                "SELECT count(*) FROM pg_stat_activity"
                f" WHERE datname = '{self._database}' AND wait_event_type = 'Lock'",
            )
        )

    def wait_for_waiters(self, count: int) -> None:
        wait_until(
            lambda: self.waiters() == count, lambda: f"{self.waiters()} statements wait for the row, not {count}")

    def commit(self, *statements: str) -> None:
        """Executes the statements while others wait, and releases the lock."""
        self._psql.communicate("".join(f"{each};\n" for each in statements) + "COMMIT;\n", timeout=WAIT_SECONDS_MAX)

    def release(self) -> None:
        if self._psql.poll() is None:
            self._psql.communicate("ROLLBACK;\n", timeout=WAIT_SECONDS_MAX)

    def __enter__(self) -> "HeldLock":
        return self

    def __exit__(self, *_) -> None:
        self.release()


class RowLock(HeldLock):
    """`with RowLock(cluster, database, variant_id):` locks that variant's stock, or another row, against changes."""

    def __init__(
        self, cluster: PostgresCluster, database: str, key: str, row: str = "inventory.stock WHERE variant_id"
    ) -> None:
        # Fails if there is no such row.
        super().__init__(cluster, database, f"SELECT 1 / count(*) FROM (SELECT FROM {row} = '{key}' FOR UPDATE) locked")
