"""The load tools: each gives one sample of one run, a dictionary of figures."""

import json
import os
import re
import resource
import subprocess
import tempfile

from .processes import ALL_CORES, LOAD_CORE, cpu_seconds, pinned

REQUESTS_FIRST = 2000  # of the run that finds how many fill the time
REQUESTS_MAX = 5_000_000
REDIS_COMMANDS_A_SECOND = 500_000  # about what it answers, so that a run takes about as long as it should
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60}


def run(command, limit_seconds, core=LOAD_CORE):
    """Output and CPU seconds of a load tool on the load core, ended when it takes longer than the limit."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        pinned(core, command), capture_output=True, text=True, timeout=limit_seconds, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise LoadFailed(f"{os.path.basename(str(command[0]))}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class LoadFailed(Exception):
    """A load tool reports that not everything was answered, or not rightly."""


class H2Load:
    """h2load on one server: the number of requests is found first, so that a run takes about `seconds`."""

    def __init__(self, load, url, body, pid, seconds):
        self._load, self._pid, self._seconds = load, pid, seconds
        self._command = ["-c", load.connections, "-m", load.streams, "-t", 1, url]
        if body:
            self._command += ["-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers"]
        self._count = REQUESTS_FIRST
        for _ in range(8):
            took = self._go(self._count)["wall"]
            wanted = min(REQUESTS_MAX, int(self._count * seconds / max(took, 1e-4)) + 1)
            if took > seconds / 3:
                self._count = wanted
                return
            self._count = min(wanted, self._count * 10)

    def _go(self, count, *options):
        used = cpu_seconds(self._pid)
        output, own = run(["h2load", "-n", count, *options, *self._command], self._seconds * 20 + 30)
        used = cpu_seconds(self._pid) - used
        number, unit = re.search(r"finished in ([\d.]+)(us|ms|s|min)", output).groups()
        wall = float(number) * UNITS[unit]
        if int(re.search(r"(\d+) 2xx", output)[1]) != count:
            raise LoadFailed(f"not every request succeeded:\n{output}")
        data = int(re.search(r"\((\d+)\) data", output)[1])
        return {
            "wall": wall, "rate": count / wall, "cpu_us": used / count * 1e6, "server_share": used / wall,
            "load_share": own / wall, "bytes": data / count,
        }

    def sample(self):
        return self._go(self._count)

    def latencies(self):
        """p50, p95 and p99 in microseconds, of a run of their own: logging every request costs the load tool."""
        with tempfile.TemporaryDirectory() as directory:
            log = os.path.join(directory, "log")
            self._go(max(self._count // 2, 200), "--log-file", log)
            with open(log) as lines:
                times = sorted(int(line.split("\t")[2]) for line in lines)
        count = len(times)
        return {f"p{part}_us": times[count * part // 100] for part in (50, 95, 99)}


class FanOutLoad:
    """The load generator in ../load; each sample opens new subscribers."""

    def __init__(self, program, load, rounds, protocol, port, pid):
        self._command = [
            program, protocol, f"127.0.0.1:{port}", pid, load.subscribers, load.connections, load.burst, rounds]

    def sample(self):
        return json.loads(run(self._command, 300)[0])

    def latencies(self):
        return {}


class Limiter:
    """A program that asks its own limiter and nobody else; `command` is it, with what it needs."""

    def __init__(self, command, threads, seconds):
        self._command, self._seconds = command, seconds
        self._core = LOAD_CORE if threads == 1 else ALL_CORES

    def sample(self):
        found = json.loads(run(self._command, self._seconds * 20 + 60, self._core)[0])
        return {"rate": found["rate"], "cpu_us": found["cpu_ns"] / 1000}

    def latencies(self):
        return {}


class RedisIncr:
    """redis-benchmark counting callers, eight connections, 32 commands under way on each."""

    def __init__(self, keys, port, pid, seconds):
        self._pid, self._count = pid, int(seconds * REDIS_COMMANDS_A_SECOND)
        self._command = [
            "redis-benchmark", "-h", "127.0.0.1", "-p", port, "-n", self._count, "-r", keys, "-P", 32, "-c", 8, "--csv",
            "INCR", "caller:__rand_int__"]

    def sample(self):
        used = cpu_seconds(self._pid)
        output, _ = run(self._command, 300)
        used = cpu_seconds(self._pid) - used
        rate = float(output.strip().split("\n")[-1].split(",")[1].strip('"'))
        return {"rate": rate, "cpu_us": used / self._count * 1e6}

    def latencies(self):
        return {}


class UnitOfWork:
    """A program that places orders through the unit of work."""

    def __init__(self, program, cluster, contended, seconds):
        self._seconds = seconds
        self._command = [
            program, "--database-url", cluster.url, "--seconds", seconds, *(["--contended"] if contended else [])]

    def sample(self):
        output, own = run(self._command, self._seconds * 5 + 30)
        return {"rate": json.loads(output)["rate"], "load_share": own / self._seconds}

    def latencies(self):
        return {}


class PgBench:
    """pgbench sending a script's statements, eight connections, prepared."""

    def __init__(self, cluster, script, seconds, **variables):
        self._seconds = max(1, round(seconds))
        self._command = [
            "pgbench", "-n", *cluster.address[:4], "-M", "prepared", "-f", script, "-c", 8, "-j", 1,
            "-T", self._seconds, *(f"-D{name}={value}" for name, value in variables.items()), "postgres"]

    def sample(self):
        output, own = run(self._command, self._seconds * 5 + 30)
        return {
            "rate": float(re.search(r"tps = ([\d.]+)", output)[1]), "load_share": own / self._seconds,
            "p50_us": float(re.search(r"latency average = ([\d.]+) ms", output)[1]) * 1000,
        }

    def latencies(self):
        return {}
