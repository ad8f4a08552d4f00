"""usage: Benchmarks/consumers/run {rate,kill} [options]

Measures a consumer of the event log on a Postgres of its own, or kills consumers while they work. Ends by itself, and
ends what it started.
"""

import argparse
import signal
import sys

from arguments import within

from . import kill, rate

RATE_MAX, SECONDS_MAX, RUNS_MAX, BATCH_MAX, KILLS_MAX = 100_000, 60, 21, 100, 10_000


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/consumers/run", description=__doc__.split("\n\n")[1])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("rate", help=rate.__doc__)
    one.add_argument("--rate", type=within(100, RATE_MAX, int), default=rate.RATE_GOAL, help="events/s (%(default)s)")
    one.add_argument("--seconds", type=within(1, SECONDS_MAX, float), default=10, help="of one run (%(default)s)")
    one.add_argument("--runs", type=within(1, RUNS_MAX, int), default=3, help="whose median counts (%(default)s)")
    one.add_argument(
        "--batch", type=within(1, BATCH_MAX, int), default=5, help="events of a unit of work (%(default)s)")
    one.add_argument("--strict", action="store_true", help="exit with 1 when the goal is missed")
    one.set_defaults(main=rate.main)
    other = commands.add_parser("kill", help=kill.__doc__)
    other.add_argument("--kills", type=within(1, KILLS_MAX, int), default=1_000, help="how many (%(default)s)")
    other.add_argument("--seed", type=int, default=1, help="of the random moments (%(default)s)")
    other.add_argument(
        "--seconds-max", type=within(10, 3_600, int), default=1_200, help="fail after so many (%(default)s)")
    other.set_defaults(main=kill.main)
    return parser.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes are ended by `finally`
    sys.exit(options.main(options))


main()
