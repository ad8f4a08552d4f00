"""Compares our job queue with procrastinate's on one Postgres: jobs that do nothing, in batches and one by one.

Each contestant has a fresh database, and runs its worker in the process that enqueues. See Benchmarks/jobs/run.
"""

import asyncio
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import procrastinate
from procrastinate.schema import SchemaManager

from compare.cluster import Cluster

JOBS = 2_000
OUR_JOBS = 20_000
BATCH = 1_000
ENQUEUERS = 16
WORKER_CONCURRENCY = 500
ROUNDS = 3
HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parents[1] / ".build/release/job-bench"


def fresh_database(cluster: Cluster, name: str) -> str:
    subprocess.run(["psql", *cluster.address, "-q", "-c", f"CREATE DATABASE {name}"], check=True)
    return f"postgresql://postgres@/{name}?host={cluster.directory}"


def ours(url: str) -> dict[str, float]:
    program = os.environ.get("FASTSHOP_JOB_BENCH", str(PROGRAM))
    done = subprocess.run(
        [program, "--database-url", url, "--jobs", str(OUR_JOBS)], check=True, capture_output=True, text=True,
        timeout=600)
    return json.loads(done.stdout.strip().splitlines()[-1])


async def procrastinates(url: str) -> dict[str, float]:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=4, max_size=16))
    starts: list[int] = []
    reached = asyncio.Event()
    wanted = 0

    @app.task(name="nothing")
    async def nothing():
        starts.append(time.monotonic_ns())
        if len(starts) >= wanted:
            reached.set()

    async with app.open_async():
        await SchemaManager(connector=app.connector).apply_schema_async()
        worker = asyncio.create_task(
            app.run_worker_async(concurrency=WORKER_CONCURRENCY, install_signal_handlers=False, wait=True))

        async def measure(count: int, enqueue) -> float:
            nonlocal wanted
            starts.clear()
            reached.clear()
            wanted = count
            begin = time.monotonic()
            await enqueue(count)
            await reached.wait()
            return count / (time.monotonic() - begin)

        async def in_batches(count: int) -> None:
            for _ in range(0, count, BATCH):
                await nothing.batch_defer_async(*[{} for _ in range(BATCH)])

        async def singly(count: int) -> None:
            async def enqueuer():
                for _ in range(count // ENQUEUERS):
                    await nothing.defer_async()
            await asyncio.gather(*(enqueuer() for _ in range(ENQUEUERS)))

        await measure(BATCH, in_batches)
        result = {
            "batches_per_second": await measure(JOBS, in_batches),
            "single_per_second": await measure(JOBS // ENQUEUERS * ENQUEUERS, singly),
        }
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        return result


def main() -> int:
    cluster = Cluster(HERE / "empty.sql")
    try:
        samples: dict[str, list[dict[str, float]]] = {"fastshop": [], "procrastinate": []}
        for number in range(ROUNDS):
            samples["fastshop"].append(ours(fresh_database(cluster, f"ours_{number}")))
            samples["procrastinate"].append(asyncio.run(procrastinates(fresh_database(cluster, f"theirs_{number}"))))
        for name in ("batches_per_second", "single_per_second"):
            mine, theirs = (statistics.median(each[name] for each in samples[who]) for who in samples)
            print(f"{name:20} fastshop {mine:8.0f}  procrastinate {theirs:8.0f}  ratio {mine / theirs:5.1f}")
        p99 = statistics.median(each["start_p99_ms"] for each in samples["fastshop"])
        print(f"from commit to start, 500 jobs a second: p99 {p99:.1f} ms")
    finally:
        cluster.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
