"""The queue of jobs: operators see and change it, and servers that die or freeze lose and repeat nothing."""

import os
import random
import re
import signal

from mail_server import MailServer
import pytest

import shop_server
from test_mail import ask, clear_text, metrics_of, states
from test_paused_processes import go_on, stop
from waiting import wait_until

LEASE_WAIT_SECONDS_MAX = 120
HAS_SCHEDULES = "SELECT count(*) FROM jobs.schedule WHERE name = 'upkeep.jobs'"


@pytest.fixture
def smtp():
    server = MailServer()
    yield server
    server.stop()


def jobs(shop, *arguments: str):
    return shop_server.run("jobs", *arguments, env={"DATABASE_URL": shop.settings["DATABASE_URL"]})


# Operators.


def test_every_chore_has_a_schedule_and_can_be_run_now(cluster, database, start_shop):
    shop = start_shop(database())
    wait_until(lambda: cluster.sql(shop.database, HAS_SCHEDULES) == "1")
    listed = jobs(shop, "schedules")
    names = [line.split("  ")[0] for line in listed.stdout.splitlines()]
    assert listed.returncode == 0 and names == sorted(names) and len(names) >= 15
    assert re.search(r"^upkeep\.requests  20 \* \* \* \* UTC  last never  next \d{4}-", listed.stdout, re.M)
    for name in names:
        done = jobs(shop, "run", name)
        assert done.returncode == 0 and done.stdout == f"{name} is due now\n"
    wait_until(lambda: cluster.sql(
        shop.database, "SELECT count(DISTINCT kind) FROM jobs.job WHERE state = 'done'") == str(len(names)),
        what=lambda: cluster.sql(shop.database, "SELECT kind, state, last_error FROM jobs.job"))
    shown = jobs(shop, "list", "--kind", "upkeep.requests", "--state", "done").stdout
    job = shown.split()[0]
    assert re.match(r"[0-9a-f-]{36}  upkeep\.requests  done  ", shown)
    assert "kind: upkeep.requests\nstate: done\n" in jobs(shop, "show", job).stdout
    assert 'a chore is done' in shop.log and "upkeep.requests" in shop.log
    assert metrics_of(shop)['fastshop_job_attempts_total{kind="upkeep.requests",outcome="done"}'] >= 1
    assert jobs(shop, "run", "upkeep.nothing").returncode == 1


def test_jobs_are_cancelled_and_retried(cluster, database, start_shop):
    shop = start_shop(database())
    job = cluster.sql(shop.database, "INSERT INTO jobs.job (kind) VALUES ('test.unknown') RETURNING id")
    assert jobs(shop, "cancel", job).stdout == "1 cancelled\n"
    assert "  test.unknown  cancelled  " in jobs(shop, "list").stdout
    assert jobs(shop, "cancel", job).stdout == "0 cancelled\n"
    assert jobs(shop, "retry", job).stdout == "1 back in the queue\n"
    assert "  test.unknown  waiting  " in jobs(shop, "list", "--state", "waiting").stdout
    cluster.sql(shop.database, "UPDATE jobs.job SET state = 'dead', ended_at = now() WHERE kind = 'test.unknown'")
    assert jobs(shop, "retry", "--kind", "test.unknown").stdout == "1 back in the queue\n"
    for wrong in (["retry"], ["retry", "x"], ["retry", job, "--kind", "a"], ["cancel", "x"], ["list", "--state", "x"]):
        assert jobs(shop, *wrong).returncode == 64, wrong
    assert jobs(shop, "show", "01890000-0000-7000-8000-000000000000").returncode == 1


def test_a_chore_that_fails_holds_up_no_other_one(cluster, database, start_shop):
    url = database()
    shop = start_shop(url)
    wait_until(lambda: cluster.sql(shop.database, HAS_SCHEDULES) == "1")
    cluster.sql(shop.database, "ALTER TABLE security.failure RENAME TO failure_gone")
    cluster.sql(shop.database, "UPDATE jobs.schedule SET next_at = now()")
    wait_until(lambda: cluster.sql(
        shop.database, "SELECT string_agg(kind, ' ') FROM jobs.job WHERE state <> 'done'") == "security.failures")
    wait_until(lambda: "a job will be retried" in shop.log)
    cluster.sql(shop.database, "ALTER TABLE security.failure_gone RENAME TO failure")
    cluster.sql(shop.database, "UPDATE jobs.job SET due_at = now() WHERE state = 'waiting'")
    wait_until(lambda: cluster.sql(shop.database, "SELECT count(*) FROM jobs.job WHERE state <> 'done'") == "0")


# Servers that die or freeze.


def test_servers_are_killed_at_any_step_and_each_effect_happens_once(cluster, database, start_shop, smtp):
    """The effect in the database and the end of the job are one transaction; mails are sent again with the same id."""
    smtp.takes_seconds = 0.02
    url, count, kills = database(), 300, 4
    chance = random.Random(12)
    steady = start_shop(url, **clear_text(smtp))
    for _ in range(kills):
        doomed = start_shop(url, **clear_text(smtp))
        ask(cluster, steady, count // kills, name=f"n{chance.randrange(10**9)}x")
        smtp.wait_until_asked(len(smtp.asked_at) + chance.randrange(1, 30))
        os.kill(doomed.worker_pid, signal.SIGKILL)
        doomed.stop(signal.SIGKILL)
    wait_until(
        lambda: states(cluster, steady) == {"done": count}, within=LEASE_WAIT_SECONDS_MAX,
        what=lambda: str(states(cluster, steady)))
    assert cluster.sql(steady.database, "SELECT count(*) FROM mail.message WHERE state = 'sent'") == str(count)
    ids = [mail["Message-ID"] for mail in smtp.mails]
    assert len(set(ids)) == count, "none is lost"
    # What was under way when a server was killed may come twice, and nothing else.
    assert len(ids) - count <= kills * 4


def test_a_frozen_server_does_not_end_a_job_that_another_one_has(cluster, database, start_shop, smtp):
    url = database()
    frozen = start_shop(url, FASTSHOP_HANG_SECONDS="off", **clear_text(smtp))
    smtp.takes_seconds = 2.0
    ask(cluster, frozen, 4)
    smtp.wait_until_asked(4)
    worker = frozen.worker_pid
    stop(frozen.process.pid, worker)
    try:
        assert states(cluster, frozen) == {"running": 4}
        smtp.takes_seconds = 0.0
        heir = start_shop(url, **clear_text(smtp))
        # Nobody sets the lease: it expires.
        wait_until(lambda: states(cluster, heir) == {"done": 4}, within=LEASE_WAIT_SECONDS_MAX)
        ended = "SELECT md5(string_agg(id::text || attempt || ended_at || node, ' ' ORDER BY id)) FROM jobs.job" \
            " WHERE kind = 'mail.send'"
        before = cluster.sql(heir.database, ended)
    finally:
        go_on(worker, frozen.process.pid)
    # It wakes up with the results of attempts that are not its own any more.
    wait_until(lambda: "a job was taken over, because its lease had expired" in frozen.log)
    assert cluster.sql(heir.database, ended) == before
    assert cluster.sql(heir.database, "SELECT count(*) FROM mail.message WHERE state = 'sent'") == "4"
