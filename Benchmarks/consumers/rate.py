"""How many events a second a consumer keeps up with, how late its effects are, and what that costs."""

import statistics
import sys

from .shop import Process, Shops

RATE_GOAL = 10_000
LAG_P99_GOAL_MS = 250
# An open-loop producer on a busy machine ends a little later than it should.
RATE_SHARE_MIN = 0.99
BACKLOG_EVENTS = 50_000
COLUMNS = ("", "events/s", "lag p50 ms", "lag p99 ms", "events a batch", "consumer us", "producer us", "Postgres us")


def consumer(shops, database, events):
    process = Process("consume", "--database-url", shops.url(database), "--events", events)
    process.wait_for("ready")
    return process


def producer(shops, database, events, rate, batch):
    return Process(
        "append", "--database-url", shops.url(database), "--events", events, "--rate", rate, "--batch", batch)


def verified(shops, database, events):
    found, effects, wrong = shops.check(database)
    if wrong or found != events or effects != events:
        raise SystemExit(f"{events} events were appended, {found} found, {effects} effects: {wrong}")


def together(shops, database, events, rate, batch):
    """The consumer runs while events are appended."""
    consuming = consumer(shops, database, events)
    begin = shops.cpu_seconds()
    producing = producer(shops, database, events, rate, batch)
    try:
        appended, consumed = producing.result(), consuming.result()
    finally:
        producing.end()
        consuming.end()
    cpu = shops.cpu_seconds() - begin
    verified(shops, database, events)
    return {
        "rate": events / max(appended["seconds"], consumed["seconds"]), "p50": consumed["lag_p50_ms"],
        "p99": consumed["lag_p99_ms"], "batch": events / consumed["batches"],
        "consumer": consuming.cpu / events * 1e6, "producer": producing.cpu / events * 1e6,
        "postgres": cpu / events * 1e6,
    }


def backlog(shops, database, events, batch):
    """The consumer begins when all events are there."""
    producer(shops, database, events, 0, batch).result()
    begin = shops.cpu_seconds()
    consuming = consumer(shops, database, events)
    try:
        consumed = consuming.result()
    finally:
        consuming.end()
    cpu = shops.cpu_seconds() - begin
    verified(shops, database, events)
    return {
        "rate": events / consumed["seconds"], "batch": events / consumed["batches"],
        "consumer": consuming.cpu / events * 1e6, "postgres": cpu / events * 1e6,
    }


def median(samples):
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def row(name, result):
    yield name
    for key, form in (("rate", ",.0f"), ("p50", ".1f"), ("p99", ".1f"), ("batch", ".0f"), ("consumer", ".1f"),
                      ("producer", ".1f"), ("postgres", ".1f")):
        yield format(result[key], form) if key in result else "-"


def main(options):
    batch = options.batch
    events = int(options.rate * options.seconds) // batch * batch
    waiting = BACKLOG_EVENTS // batch * batch
    shops = Shops()
    try:
        samples = {"steady": [], "closed": [], "backlog": []}
        for number in range(options.runs):
            samples["steady"].append(together(shops, shops.create(f"steady_{number}"), events, options.rate, batch))
            samples["closed"].append(together(shops, shops.create(f"closed_{number}"), events, 0, batch))
            samples["backlog"].append(backlog(shops, shops.create(f"backlog_{number}"), waiting, batch))
            print(f"run {number + 1} of {options.runs}: {samples['steady'][-1]}", file=sys.stderr, flush=True)
    finally:
        shops.stop()
    steady = median(samples["steady"])
    table = [COLUMNS] + [tuple(row(name, result)) for name, result in (
        (f"{options.rate:,} events a second", steady), ("as fast as possible", median(samples["closed"])),
        (f"{waiting:,} events that wait", median(samples["backlog"])))]
    widths = [max(len(line[column]) for line in table) for column in range(len(COLUMNS))]
    for line in table:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))))
    met = steady["rate"] >= RATE_GOAL * RATE_SHARE_MIN and steady["p99"] < LAG_P99_GOAL_MS
    print(
        f"\n{'met   ' if met else 'MISSED'} {steady['rate']:,.0f} events a second, lag p99 {steady['p99']:.0f} ms; "
        f"the goal is {RATE_GOAL:,} and below {LAG_P99_GOAL_MS} ms")
    return 0 if met or not options.strict else 1
