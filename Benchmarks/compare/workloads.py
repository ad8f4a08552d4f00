"""What is measured, on whom, and what ours must show."""

from dataclasses import dataclass, field

OURS = "fastshop"
OURS_TLS = "fastshop-tls"
OURS_TWO_LOOPS = "fastshop-2-loops"
GRPC = "grpc-c++"
STATIC = "nghttpd"
PGBENCH = "pgbench"
REDIS = "redis"
OURS_UNLIMITED = "fastshop-unlimited"
OURS_BESIDE_REPORTS = "fastshop-beside-reports"
OURS_BESIDE_BURSTS = "fastshop-beside-bursts"
OURS_TWO_THREADS = "fastshop-2-threads"
GO = "go-x-time-rate"
GO_TWO_THREADS = "go-x-time-rate-2-threads"


@dataclass(frozen=True)
class Unary:
    """Requests of h2load; `request` names a prepared gRPC frame, `static` the file that nghttpd gives instead."""

    method: str
    request: str
    static: str
    connections: int
    streams: int


@dataclass(frozen=True)
class FanOut:
    """Events for everybody: a run is `rounds` times `burst` events, each round awaited."""

    subscribers: int
    connections: int
    burst: int
    rounds: int


@dataclass(frozen=True)
class Decisions:
    """Whether a caller may go on: asked for any of `keys` callers, all of whom are known."""

    keys: int


@dataclass(frozen=True)
class Checkouts:
    """Transactions of the checkout's kind, from 8 clients; `contended` when all of them want one article."""

    contended: bool


@dataclass(frozen=True)
class Goal:
    """Ours divided by the peer's must be at most, or at least, `factor`; without a peer, ours itself."""

    peer: str | None
    metric: str  # "cpu_us", "p99_us" or "rate"
    factor: float

    @property
    def is_limit(self):
        return self.metric != "rate"


@dataclass(frozen=True)
class Bound:
    """Ours must be at most so much, whatever the peers take."""

    metric: str  # "resident_bytes_each"
    most: float


@dataclass(frozen=True)
class Workload:
    """One row group of the table."""

    title: str
    load: Unary | FanOut | Decisions | Checkouts
    contestants: tuple
    goals: tuple = ()
    bounds: tuple = ()
    ours: str = OURS
    # For peers whose one run takes many seconds: runs, and rounds of each.
    runs_max: dict = field(default_factory=dict)
    rounds_max: dict = field(default_factory=dict)

    @property
    def compares_latencies(self):
        """Whether one run of latencies is not enough."""
        return any(goal.metric == "p99_us" for goal in self.goals)


WORKLOADS = {
    "echo": Workload(
        "unary echo of 100 bytes, 8 connections x 32 streams",
        Unary("Echo", "echo", "echo", 8, 32),
        (OURS, GRPC, STATIC),
        (Goal(GRPC, "cpu_us", 1 / 4), Goal(STATIC, "cpu_us", 1.5)),
    ),
    "echo1": Workload(
        "unary echo of 100 bytes, one at a time",
        Unary("Echo", "echo", "echo", 1, 1),
        (OURS, GRPC, STATIC),
    ),
    "list": Workload(
        "20 rich products, 27 kB, 8 connections x 8 streams",
        Unary("ListProducts", "list", "list", 8, 8),
        (OURS, GRPC, STATIC),
        (Goal(GRPC, "cpu_us", 1 / 3),),
    ),
    "get": Workload(
        "one product by primary key from Postgres, 8 connections x 16 streams",
        Unary("GetProduct", "get", "", 8, 16),
        (OURS, GRPC, PGBENCH),
        (Goal(GRPC, "rate", 3), Goal(PGBENCH, "rate", 1)),
    ),
    # Reports have connections of their own. What they cost Postgres is not measured: they wait there.
    "reports": Workload(
        "one product from Postgres beside two reports that never end, 8 connections x 4 streams",
        Unary("GetProduct", "get", "", 8, 4),
        (OURS_BESIDE_REPORTS, OURS),
        (Goal(OURS, "p99_us", 1.1),),
        ours=OURS_BESIDE_REPORTS,
    ),
    "bursts": Workload(
        "one product from Postgres beside 1,000 copies of a request and 1,000 orders of an article each second, 8 x 4",
        Unary("GetProduct", "get", "", 8, 4),
        (OURS_BESIDE_BURSTS, OURS),
        (Goal(OURS, "p99_us", 2),),
        ours=OURS_BESIDE_BURSTS,
    ),
    "work": Workload(
        "a transaction of the checkout's kind: 8 statements, 2 events, an audit entry, a job, the stored response",
        Checkouts(contended=False),
        (OURS, PGBENCH),
        (Goal(PGBENCH, "rate", 0.8),),
    ),
    "work1": Workload(
        "the same, all for one article",
        Checkouts(contended=True),
        (OURS, PGBENCH),
        (Goal(PGBENCH, "rate", 0.8),),
    ),
    "watch1000": Workload(
        "fan-out to 1,000 subscribers, bursts of 200 events",
        FanOut(1000, 50, 200, 10),
        (OURS, REDIS, GRPC),
        (Goal(REDIS, "rate", 1),),
        runs_max={GRPC: 1},
        rounds_max={GRPC: 1},
    ),
    "watch5000": Workload(
        "fan-out to 5,000 subscribers, bursts of 200 events",
        FanOut(5000, 50, 200, 4),
        (OURS, REDIS),
        (Goal(REDIS, "rate", 1),),
    ),
    "paced1000": Workload(
        "fan-out to 1,000 subscribers, one event at a time",
        FanOut(1000, 50, 1, 200),
        (OURS, REDIS, GRPC),
        (Goal(REDIS, "rate", 1),),
        runs_max={GRPC: 2},
    ),
    # One run each: what a server has once taken, it keeps for those who come next.
    "idle": Workload(
        "10,000 streams that wait for an event",
        FanOut(10_000, 50, 1, 1),
        (OURS, GRPC),
        bounds=(Bound("resident_bytes_each", 16 * 1024),),
        runs_max={OURS: 1, GRPC: 1},
    ),
    "tls": Workload(
        "unary echo of 100 bytes over TLS 1.3, 8 connections x 32 streams",
        Unary("Echo", "echo", "echo", 8, 32),
        (OURS_TLS, OURS),
        (Goal(OURS, "cpu_us", 1.25),),
        ours=OURS_TLS,
    ),
    # Both loops share their cores with the load, so the rate says little; what a second loop costs each request does.
    "loops": Workload(
        "unary echo of 100 bytes on two loops, 8 connections x 32 streams",
        Unary("Echo", "echo", "echo", 8, 32),
        (OURS_TWO_LOOPS, OURS),
        (Goal(OURS, "cpu_us", 2 / 1.8),),
        ours=OURS_TWO_LOOPS,
    ),
    # What the peers do not do at all: every call charged to its caller, and three more fields in every answer.
    "limited": Workload(
        "unary echo of 100 bytes with the limiter and without, 8 connections x 32 streams",
        Unary("Echo", "echo", "echo", 8, 32),
        (OURS, OURS_UNLIMITED),
        (Goal(OURS_UNLIMITED, "cpu_us", 1.25),),
    ),
    # In Redis a decision is an INCR over loopback, pipelined: the server's CPU only.
    "limiter": Workload(
        "the limiter's decisions for a million callers, on one thread and on two",
        Decisions(1_000_000),
        (OURS, OURS_TWO_THREADS, GO, GO_TWO_THREADS, REDIS),
        (Goal(None, "cpu_us", 0.1), Goal(GO, "cpu_us", 1 / 3), Goal(REDIS, "cpu_us", 1 / 5)),
    ),
}
