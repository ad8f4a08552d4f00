"""Stalls the event log: an open transaction holds a number."""

import subprocess

from postgres_cluster import PostgresCluster, command

WAIT_SECONDS_MAX = 60
NAME = "a forgotten psql"


# Takes a number of the log.
EVENT = (
    "INSERT INTO platform.event (topic, key, type, subjects, payload)"
    " VALUES ('test.stall', gen_random_uuid(), 'x', ARRAY[gen_random_uuid()], '{}')"
)


class StalledLog:
    """`with StalledLog(cluster, database):` no server reads on in the log of events."""

    def __init__(self, cluster: PostgresCluster, database: str, statement: str = EVENT) -> None:
        self._psql = subprocess.Popen(
            command("psql", "-d", cluster.url(database), "-qAt"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
        )
        self.say(f"SET application_name = '{NAME}'; BEGIN; {statement}")

    def say(self, statement: str) -> None:
        """Carries out a statement in the transaction."""
        self._psql.stdin.write(f"{statement}; SELECT 'done';\n")
        self._psql.stdin.flush()
        assert self._psql.stdout.readline().strip() == "done"

    def release(self) -> None:
        if self._psql.poll() is None:
            self._psql.communicate("COMMIT;\n", timeout=WAIT_SECONDS_MAX)

    def __enter__(self) -> "StalledLog":
        return self

    def __exit__(self, *_) -> None:
        self.release()


def lose_a_number(cluster: PostgresCluster, database: str) -> None:
    """Leaves a gap, like a transaction that has written an event and is rolled back."""
    cluster.sql(database, "SELECT nextval('platform.event_seq')")
