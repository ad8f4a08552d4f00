"""Kills consumers again and again while events are appended, and verifies that each effect is there once, in order."""

import random
import select
import sys
import time

from .shop import WAIT_SECONDS_MAX, Process, Shops

NODES = 2
EVENTS_PER_SECOND = 1_000
# Other processes take over soon, so that many kills take little time.
LEASE_MS, LOOK_MS = 150, 20
# Of the kills, these come just after a process was about to send COMMIT; the others at any moment.
AT_COMMIT_SHARE = 0.7
AFTER_COMMIT_SECONDS_MAX = 0.001
PAUSE_SECONDS_MAX = 0.15
COMMIT_WAIT_SECONDS_MAX = 0.4
KILL_SECONDS_GOAL = 0.5


class Node:
    """A process that consumes. It says when it is about to send COMMIT, and when that is answered."""

    def __init__(self, shops, database, name):
        self.name = name
        self.committing = self.committed = 0
        self.process = Process(
            "consume", "--database-url", shops.url(database), "--node", name, "--trace", "--lease-ms", LEASE_MS,
            "--look-ms", LOOK_MS)

    def hear(self, lines):
        """Whether it is about to send COMMIT."""
        for line in lines:
            step, _, seq = line.partition(" ")
            if step == "committing":
                self.committing = int(seq)
            elif step == "committed":
                self.committed = int(seq)
        return bool(lines) and lines[-1].startswith("committing")

    def kill(self):
        self.hear(self.process.kill())


def wait_for_commit(nodes):
    """The node that is about to send COMMIT; None when none is for a while."""
    end = time.monotonic() + COMMIT_WAIT_SECONDS_MAX
    while (left := end - time.monotonic()) > 0:
        for process in select.select([node.process for node in nodes], [], [], left)[0]:
            node = next(node for node in nodes if node.process is process)
            if node.hear(process.lines()):
                return node
            if not process.is_running:
                raise SystemExit(f"{node.name} has ended by itself")
    return None


def victim(nodes, chance):
    for node in nodes:
        node.hear(node.process.lines())
    if chance.random() < AT_COMMIT_SHARE:
        if node := wait_for_commit(nodes):
            end = time.monotonic() + chance.uniform(0, AFTER_COMMIT_SECONDS_MAX)
            while time.monotonic() < end:
                pass
            return node
    time.sleep(chance.uniform(0, PAUSE_SECONDS_MAX))
    return chance.choice(nodes)


def wait_for_effects(shops, database):
    end = time.monotonic() + WAIT_SECONDS_MAX
    counts = "SELECT (SELECT count(*) FROM platform.event), (SELECT count(*) FROM bench.effect)"
    while time.monotonic() < end:
        events, effects = shops.sql(database, counts)[0]
        if int(effects) >= int(events):
            return
        time.sleep(0.1)


def report(shops, database, dead, seconds):
    newest = {name: int(seq) for name, seq in shops.sql(
        database, "SELECT node, max(seq) FROM bench.effect GROUP BY node")}
    unanswered = sum(newest.get(node.name, 0) > node.committed for node in dead)
    rolled_back = sum(node.committing > max(newest.get(node.name, 0), node.committed) for node in dead)
    parked = int(shops.sql(database, "SELECT count(*) FROM platform.consumer_dead_letter")[0][0])
    events, effects, wrong = shops.check(database)
    each = seconds / len(dead)
    print(f"{len(dead)} processes killed in {seconds:.0f} s ({each:.2f} s each), {len(newest)} of them after effects:")
    print(f"  {unanswered} between the server's COMMIT and its answer, {rolled_back} in a transaction that was lost")
    print(f"  {events} events, {effects} effects, {parked} parked: {wrong or 'each effect once, in order'}")
    if wrong or parked or events != effects:
        return 1
    if each > KILL_SECONDS_GOAL:
        print(f"MISSED {each:.2f} s for each kill; the goal is at most {KILL_SECONDS_GOAL} s")
    return 0


def main(options):
    chance = random.Random(options.seed)
    shops = Shops()
    started, dead, nodes, appending = 0, [], [], None
    try:
        database = shops.create("kills")

        def start():
            nonlocal started
            started += 1
            return Node(shops, database, f"node-{started}")

        appending = Process(
            "append", "--database-url", shops.url(database), "--rate", EVENTS_PER_SECOND, "--clients", 4,
            "--events", int(EVENTS_PER_SECOND * options.seconds_max))
        nodes = [start() for _ in range(NODES)]
        begin = time.monotonic()
        while len(dead) < options.kills:
            if not appending.is_running or time.monotonic() - begin > options.seconds_max:
                raise SystemExit(f"{len(dead)} of {options.kills} kills in {options.seconds_max} s")
            node = victim(nodes, chance)
            node.kill()
            dead.append(node)
            nodes[nodes.index(node)] = start()
            if len(dead) % 100 == 0:
                print(f"{len(dead)} kills", file=sys.stderr, flush=True)
        seconds = time.monotonic() - begin
        appending.end()
        wait_for_effects(shops, database)
        return report(shops, database, dead, seconds)
    finally:
        for process in [node.process for node in nodes] + [appending] * (appending is not None):
            process.end()
        shops.stop()
