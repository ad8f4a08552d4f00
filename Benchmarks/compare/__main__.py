"""usage: Benchmarks/run [WORKLOAD...] [options]

Compares our bench-server with gRPC C++, nghttpd, pgbench and Redis on this machine: server on core 0, load on
core 1, everything on loopback, medians of short runs taken in turn. Starts what it needs and ends it.
"""

import argparse
import os
import signal
import sys

from arguments import within

from . import report, requests
from .cluster import Cluster
from .contest import Contest
from .workloads import WORKLOADS

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECONDS_MAX, RUNS_MAX, REPORT_SECONDS_MAX = 30, 21, 250


def arguments():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run", usage=__doc__.split("\n\n")[0][len("usage: "):], description=__doc__.split("\n\n")[1],
        epilog="workloads: " + "; ".join(f"{name}: {w.title}" for name, w in WORKLOADS.items()))
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", choices=[[], *WORKLOADS], help="all by default")
    parser.add_argument("--seconds", type=within(0.2, SECONDS_MAX, float), default=2, help="of one run (%(default)s)")
    parser.add_argument("--runs", type=within(1, RUNS_MAX, int), default=5, help="whose median counts (%(default)s)")
    parser.add_argument(
        "--report-seconds", type=within(0.1, REPORT_SECONDS_MAX, float), default=30,
        help="that each report beside the reads takes (%(default)s)")
    parser.add_argument("--server", default=os.path.join(FOLDER, "../.build/release/bench-server"), help="our program")
    parser.add_argument("--markdown", metavar="FILE", help="write the table there too")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a goal is missed")
    return parser.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended by `finally`
    requests.write(os.path.join(FOLDER, "build"))
    table, verdicts = [], []
    cluster = Cluster(os.path.join(FOLDER, "peers/postgres/products.sql"))
    try:
        contest = Contest(
            FOLDER, options.server, cluster, options.seconds, options.runs, options.report_seconds)
        for name in options.workloads or WORKLOADS:
            workload = WORKLOADS[name]
            print(f"{name}: {workload.title} ...", file=sys.stderr, flush=True)
            results = contest.measure(workload)
            table += report.rows(name, workload, results)
            verdicts += report.goals(name, workload, results)
    finally:
        cluster.stop()
    print("\n".join(report.plain(table)), end="\n\n")
    print("'rate x' and 'CPU x' are ours divided by that server's; CPU is per request or delivery.", end="\n\n")
    for met, sentence in verdicts:
        print("met   " if met else "MISSED", sentence)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write("\n".join(report.markdown(table, verdicts)) + "\n")
    sys.exit(1 if options.strict and not all(met for met, _ in verdicts) else 0)


main()
