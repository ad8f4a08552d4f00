"""One workload: starts its contestants, takes their samples in turn, gives the median of each."""

import os
import statistics
import subprocess

from . import workloads as w
from .loads import FanOutLoad, H2Load, Limiter, LoadFailed, PgBench, RedisIncr, UnitOfWork
from .processes import ALL_CORES, SERVER_CORE, Server, free_port

OURS = (w.OURS, w.OURS_TLS, w.OURS_UNLIMITED, w.OURS_TWO_LOOPS, w.OURS_BESIDE_REPORTS, w.OURS_BESIDE_BURSTS)
REPORTS = 2
LATENCY_RUNS = 5  # for each run of rates: a p99 of half a second varies by a fifth by itself
FIGURES = ("rate", "cpu_us", "p50_us", "p99_us", "server_share", "load_share", "bytes", "resident_bytes_each")


class Contest:
    """Everything that the contestants of all workloads need: where the programs are, and the cluster."""

    def __init__(self, folder, server, cluster, seconds, runs, report_seconds):
        self._folder, self._server, self._cluster = folder, server, cluster
        self._seconds, self._runs, self._report_seconds = seconds, runs, report_seconds
        self._build = os.path.join(folder, "build")
        self._has_shop = False

    def _start(self, name):
        port, tls_port = free_port(), None
        address = f"127.0.0.1:{port}"
        if name in OURS:
            loops = 2 if name == w.OURS_TWO_LOOPS else 1
            command = [self._server, "--listen", address, "--loops", loops, "--database-url", self._cluster.url]
            if name == w.OURS_UNLIMITED:
                command += ["--without-limiter"]
            if name == w.OURS_BESIDE_REPORTS:
                command += ["--reports", REPORTS, "--report-seconds", self._report_seconds]
            if name == w.OURS_BESIDE_BURSTS:
                self._make_shop()
                command += ["--bursts"]
            if name == w.OURS_TLS:
                tls_port = free_port()
                command += ["--tls-listen", f"127.0.0.1:{tls_port}", "--certificate-directory", self._build]
        elif name == w.GRPC:
            command = [os.path.join(self._build, "cpp/bench-peer"), address, self._cluster.conninfo]
        elif name == w.STATIC:
            files = os.path.join(self._build, "static")
            command = ["nghttpd", "--no-tls", "-n", 1, "-d", files, "-a", "127.0.0.1", port]
        else:
            command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                       "--client-output-buffer-limit", "pubsub 0 0 0"]
        cores = ALL_CORES if name == w.OURS_TWO_LOOPS else SERVER_CORE
        return Server(name, port, command, os.path.join(self._build, f"{name}.log"), tls_port, cores)

    def _check(self, server):
        """A server that answers wrongly is not measured."""
        if server.name in (*OURS, w.GRPC):
            command = [os.path.join(self._build, "cpp/check-replies"), f"127.0.0.1:{server.port}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            if done.returncode != 0:
                raise SystemExit(f"{server.name} answers wrongly: {done.stdout}{done.stderr}{server.last_words()}")

    def _meter(self, workload, server):
        load = workload.load
        if isinstance(load, w.Decisions):
            return RedisIncr(load.keys, server.port, server.pid, self._seconds)
        if isinstance(load, w.FanOut):
            protocol = "redis" if server.name == w.REDIS else "grpc"
            rounds = workload.rounds_max.get(server.name, load.rounds)
            program = os.path.join(self._build, "load/fan-out")
            return FanOutLoad(program, load, rounds, protocol, server.port, server.pid)
        if server.name == w.STATIC:
            return H2Load(load, f"http://127.0.0.1:{server.port}/{load.static}", None, server.pid, self._seconds)
        scheme, port = ("https", server.tls_port) if server.name == w.OURS_TLS else ("http", server.port)
        url = f"{scheme}://127.0.0.1:{port}/bench.v1.Bench/{load.method}"
        body = os.path.join(self._build, "requests", load.request)
        return H2Load(load, url, body, server.pid, self._seconds)

    def _limiter(self, load, name):
        threads = 2 if name in (w.OURS_TWO_THREADS, w.GO_TWO_THREADS) else 1
        if name in (w.GO, w.GO_TWO_THREADS):
            command = [os.path.join(self._build, "go/limiter"), load.keys, self._seconds, threads]
        else:
            program = os.path.join(os.path.dirname(self._server), "limiter-bench")
            command = [program, "--keys", load.keys, "--seconds", self._seconds, "--threads", threads]
        return Limiter(command, threads, self._seconds)

    @property
    def _work_bench(self):
        return os.path.join(os.path.dirname(self._server), "work-bench")

    def _make_shop(self):
        """The shop's own tables, and those of the checkout."""
        if self._has_shop:
            return
        subprocess.run([self._work_bench, "--database-url", self._cluster.url, "--prepare"], check=True, timeout=120)
        self._cluster.load(os.path.join(self._folder, "peers/postgres/checkout-tables.sql"))
        self._has_shop = True

    def _checkouts(self, load, name):
        self._make_shop()
        if name == w.OURS:
            return UnitOfWork(self._work_bench, self._cluster, load.contended, self._seconds)
        script = os.path.join(self._folder, "peers/postgres/checkout.sql")
        return PgBench(self._cluster, script, self._seconds, contended=int(load.contended))

    def measure(self, workload):
        """Figures by contestant. The samples alternate, so that a slower minute of the machine strikes all alike."""
        servers, meters, name = [], {}, ""
        try:
            for name in workload.contestants:
                if isinstance(workload.load, w.Decisions) and name != w.REDIS:
                    meters[name] = self._limiter(workload.load, name)
                    continue
                if isinstance(workload.load, w.Checkouts):
                    meters[name] = self._checkouts(workload.load, name)
                    continue
                if name == w.PGBENCH:
                    script = os.path.join(self._folder, "peers/postgres/select.sql")
                    meters[name] = PgBench(self._cluster, script, self._seconds)
                    continue
                servers.append(self._start(name))
                self._check(servers[-1])
                meters[name] = self._meter(workload, servers[-1])
            samples = {name: [] for name in meters}
            for turn in range(self._runs):
                for name, meter in meters.items():
                    if turn < workload.runs_max.get(name, self._runs):
                        samples[name].append(meter.sample())
            latencies = self._latencies(meters, LATENCY_RUNS * self._runs if workload.compares_latencies else 1)
            return {name: self._median(samples[name]) | latencies[name] for name in meters}
        except LoadFailed as failure:
            words = "".join(server.last_words() for server in servers if server.name == name)
            raise SystemExit(f"{name} failed: {failure}{words}") from failure
        finally:
            for server in servers:
                server.stop()

    def _latencies(self, meters, turns):
        samples = {name: [] for name in meters}
        for _ in range(turns):
            for name, meter in meters.items():
                samples[name].append(meter.latencies())
        return {name: self._median(each) for name, each in samples.items()}

    @staticmethod
    def _median(samples):
        return {
            key: statistics.median(sample[key] for sample in samples) for key in FIGURES if key in samples[0]}
