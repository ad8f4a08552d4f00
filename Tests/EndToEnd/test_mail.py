"""Every queued mail is sent, even when its sender or the mail server fails."""

import email
import email.policy
import re
import signal
import ssl
import stat
import time

import pytest
from mail_server import MailServer
from metrics import metrics_of
from postgres_cluster import PostgresCluster

import shop_server
from waiting import wait_until

RETRY_NOW = "UPDATE jobs.job SET due_at = now() WHERE kind = 'mail.send' AND ended_at IS NULL"


@pytest.fixture
def mail_server():
    """Starts mail servers that end with the test: `mail_server(**options)`."""
    started: list[MailServer] = []

    def start(**options) -> MailServer:
        started.append(MailServer(**options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def certificate(start_shop, database) -> tuple[str, ssl.SSLContext]:
    """A certificate for localhost, which is its own authority, and a server's context with it."""
    folder = start_shop(database()).folder / "data"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "development-certificate.pem", folder / "development-key.pem")
    return str(folder / "development-certificate.pem"), context


def clear_text(server: MailServer) -> dict[str, str]:
    url = f"smtp://127.0.0.1:{server.port}?tls=off"
    return {"FASTSHOP_SMTP_URL": url, "FASTSHOP_MAIL_FROM": "Shop <shop@shop.test>"}


def plain_text(mail) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def ask(cluster, shop, count: int = 1, name: str = "ann", subject: str = "Grüße, Ann") -> None:
    """Asks for mails as a room does: a committed row."""
    cluster.sql(
        shop.database,
        f"""WITH mail AS (
              INSERT INTO mail.message (kind, recipient, recipient_name, subject, body_text, body_html, state)
              SELECT 'invitation', '{name}' || n || '@example.com', 'Ann Żółć, PhD', '{subject}',
                     E'Dear Ann,\\n.\\n..two dots\\nżółć = 1\\n', '<p>żółć</p>', 'queued'
                FROM generate_series(1, {count}) n
              RETURNING id)
            INSERT INTO jobs.job (id, kind) SELECT id, 'mail.send' FROM mail""",
    )


def states(cluster, shop) -> dict[str, int]:
    """The numbers of the mails' jobs by state."""
    rows = cluster.sql(
        shop.database, "SELECT state || ' ' || count(*) FROM jobs.job WHERE kind = 'mail.send' GROUP BY state"
    ).split("\n")
    return {row.split()[0]: int(row.split()[1]) for row in rows if row}


# The folder.


def test_without_a_mail_server_mails_are_files(cluster, database, start_shop):
    shop = start_shop(database())
    ask(cluster, shop, 3)
    folder = shop.folder / "data/mail"
    files = wait_until(lambda: folder.exists() and len(found := sorted(folder.glob("*.eml"))) == 3 and found)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir() if file.suffix != ".eml"] == []
    mail = email.message_from_bytes(files[0].read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "Grüße, Ann" and mail["From"] == "FastShop <no-reply@localhost>"
    assert re.fullmatch(r"[0-9a-f-]{36}-invitation\.eml", files[0].name)
    wait_until(lambda: states(cluster, shop) == {"done": 3})
    assert cluster.sql(shop.database, "SELECT count(*) FROM mail.message WHERE body_text || body_html <> ''"
        " OR sealed IS NOT NULL") == "0"


# A mail server.


def test_a_mail_arrives_as_it_was_written(cluster, database, start_shop, mail_server):
    server = mail_server()
    shop = start_shop(database(), **clear_text(server))
    ask(cluster, shop)
    mail = server.wait_for(1)[0]
    assert mail.defects == []
    assert mail["Subject"] == "Grüße, Ann"
    assert mail["From"] == "Shop <shop@shop.test>"
    assert mail["To"].addresses[0].display_name == "Ann Żółć, PhD"
    assert server.envelopes == [("shop@shop.test", ["ann1@example.com"])]
    assert plain_text(mail) == "Dear Ann,\n.\n..two dots\nżółć = 1\n"
    assert mail.get_body(("html",)).get_content().strip() == "<p>żółć</p>"
    assert re.fullmatch(r"<[0-9a-f-]{36}@shop\.test>", mail["Message-ID"])
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 300
    assert server.contents[0].isascii() and max(map(len, server.contents[0].split(b"\r\n"))) <= 78


def test_no_field_of_a_mail_can_become_another(cluster, database, start_shop, mail_server):
    server = mail_server()
    shop = start_shop(database(), **clear_text(server))
    cluster.sql(
        shop.database,
        r"""WITH mail AS (
              INSERT INTO mail.message (kind, recipient, recipient_name, subject, body_text, body_html, state)
              VALUES ('invitation', 'ann@example.com', E'Ann\r\nBcc: eve@example.com',
                      E'Hi\r\nBcc: eve@example.com\r\n\r\nx', E'a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n', '',
                      'queued')
              RETURNING id)
            INSERT INTO jobs.job (id, kind) SELECT id, 'mail.send' FROM mail""",
    )
    mail = server.wait_for(1)[0]
    assert mail.defects == [] and mail["Bcc"] is None
    assert mail["Subject"] == "Hi Bcc: eve@example.com x"
    assert mail["To"].addresses[0].addr_spec == "ann@example.com" and len(mail["To"].addresses) == 1
    assert plain_text(mail) == "a\n.\nMAIL FROM:<eve@example.com>\n"
    assert server.envelopes == [("shop@shop.test", ["ann@example.com"])]


def test_connections_are_used_again(cluster, database, start_shop, mail_server):
    server = mail_server()
    shop = start_shop(database(), **clear_text(server))
    ask(cluster, shop, 40)
    assert len({mail["Message-ID"] for mail in server.wait_for(40)}) == 40
    wait_until(lambda: states(cluster, shop) == {"done": 40})
    assert server.connections <= 8


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
def test_a_user_logs_in_over_tls_alone(cluster, database, start_shop, mail_server, certificate, implicit):
    authority, context = certificate
    server = mail_server(tls=context, login=("shop", "p@ss/w:rd"), implicit=implicit)
    scheme = "smtps" if implicit else "smtp"
    settings = {
        "FASTSHOP_SMTP_URL": f"{scheme}://shop:p%40ss%2Fw%3Ard@localhost:{server.port}",
        "FASTSHOP_SMTP_AUTHORITY": authority,
    }
    shop = start_shop(database(), **settings)
    ask(cluster, shop, 2)
    server.wait_for(2)
    assert server.logins and (implicit or server.was_encrypted == [True, True])
    assert "p@ss" not in shop.log and "p%40ss" not in shop.log


def test_a_server_that_we_cannot_trust_gets_nothing(cluster, database, start_shop, mail_server, certificate):
    _, context = certificate
    stranger = mail_server(tls=context)
    plain = mail_server()
    for server, scheme in ((stranger, "smtp"), (plain, "smtp"), (plain, "smtps")):
        shop = start_shop(database(), FASTSHOP_SMTP_URL=f"{scheme}://localhost:{server.port}")
        ask(cluster, shop)
        wait_until(lambda: "a job will be retried" in shop.log)
        wait_until(lambda: states(cluster, shop) == {"waiting": 1})
        assert server.mails == []
        assert shop.stop() == 0


def test_a_wrong_password_is_no_fault_of_the_mail(cluster, database, start_shop, mail_server, certificate):
    authority, context = certificate
    server = mail_server(tls=context, login=("shop", "right"))
    url = f"smtp://shop:wr0ng-secret@localhost:{server.port}"
    shop = start_shop(database(), FASTSHOP_SMTP_URL=url, FASTSHOP_SMTP_AUTHORITY=authority)
    ask(cluster, shop)
    wait_until(lambda: "rejected the user or password (535)" in shop.log)
    wait_until(lambda: states(cluster, shop) == {"waiting": 1})
    assert "wr0ng-secret" not in shop.log


# Refusals.


@pytest.mark.parametrize(
    "word", ["451 greylisted", "421 closing", "552-too\r\n452 full", "hang up"], ids=["451", "421", "452", "hang-up"]
)
def test_what_fails_for_now_comes_later_with_the_same_id(cluster, database, start_shop, mail_server, word):
    server = mail_server()
    server.replies = [word, word]
    shop = start_shop(database(), **clear_text(server))
    ask(cluster, shop)
    for attempt in (1, 2):
        server.wait_until_asked(attempt)
        row = wait_until(
            lambda attempt=attempt: cluster.sql(
                shop.database,
                "SELECT round(extract(epoch FROM due_at - now())) || ' ' || last_error FROM jobs.job"
                f" WHERE failures = {attempt} AND state = 'waiting' AND kind = 'mail.send'",
            )
        )
        assert 10 * attempt <= int(row.split()[0]) <= 30 * attempt, row
        cluster.sql(shop.database, RETRY_NOW)
    mail = server.wait_for(1)[0]
    wait_until(lambda: states(cluster, shop) == {"done": 1})
    assert mail["Message-ID"] == f"<{cluster.sql(shop.database, 'SELECT id FROM mail.message')}@shop.test>"


def test_what_is_refused_for_good_is_a_dead_letter(cluster, database, start_shop, mail_server):
    server = mail_server()
    server.rcpt_replies = ["550 5.1.1 no such mailbox"]
    shop = start_shop(database(), **clear_text(server))
    ask(cluster, shop)
    wait_until(lambda: states(cluster, shop) == {"dead": 1})
    env = {"DATABASE_URL": shop.settings["DATABASE_URL"]}
    failed = shop_server.run("mail", "failed", env=env)
    assert failed.returncode == 0
    assert re.search(r"invitation to ann1@example.com, 1 attempts: .*550 5\.1\.1 no such mailbox", failed.stdout)
    assert server.mails == []
    # The mailbox was created meanwhile.
    retried = shop_server.run("mail", "retry", failed.stdout.split()[0], env=env)
    assert retried.returncode == 0 and retried.stdout == "1 back in the queue\n"
    server.wait_for(1)
    wait_until(lambda: states(cluster, shop) == {"done": 1})
    assert shop_server.run("mail", "failed", env=env).stdout == ""
    assert shop_server.run("mail", "retry", env=env).returncode == 64
    assert shop_server.run("mail", "retry", "x", env=env).returncode == 64


def test_the_content_of_a_mail_is_not_logged(cluster, database, start_shop, mail_server):
    server = mail_server()
    server.replies = ["554 spam"]
    shop = start_shop(database(), FASTSHOP_LOG_LEVEL="trace", **clear_text(server))
    ask(cluster, shop, 2)
    wait_until(lambda: states(cluster, shop) == {"done": 1, "dead": 1})
    for secret in ("two dots", "@example.com", "Dear"):
        assert secret not in shop.log


# Failures of senders and servers.


def test_two_servers_send_each_mail_once(cluster, database, start_shop, mail_server):
    server = mail_server()
    server.takes_seconds = 0.1  # so that there is work for both
    url = database()
    shops = [start_shop(url, **clear_text(server)) for _ in range(2)]
    ask(cluster, shops[0], 300)
    mails = server.wait_for(300, within=120)
    wait_until(lambda: states(cluster, shops[0]) == {"done": 300})
    assert len(mails) == len({mail["Message-ID"] for mail in mails}) == 300
    assert all("sent a mail" in shop.log for shop in shops)


def test_a_server_that_is_killed_loses_no_mail(cluster, database, start_shop, mail_server):
    server = mail_server()
    server.replies = ["sleep"] * 4
    url = database()
    doomed = start_shop(url, **clear_text(server))
    ask(cluster, doomed, 10)
    server.wait_until_asked(4)
    doomed.stop(signal.SIGKILL)
    heir = start_shop(url, **clear_text(server))
    server.wait_for(6)
    cluster.sql(heir.database, RETRY_NOW)  # the leases of the dead one end
    mails = server.wait_for(10)
    assert len({mail["Message-ID"] for mail in mails}) == 10
    wait_until(lambda: states(cluster, heir) == {"done": 10})


def test_a_stop_lets_what_is_under_way_come_to_its_end(cluster, database, start_shop, mail_server):
    server = mail_server()
    server.takes_seconds = 1.5
    shop = start_shop(database(), **clear_text(server))
    ask(cluster, shop, 20)
    server.wait_until_asked(4)
    assert shop.stop() == 0
    delivered = states(cluster, shop).get("done", 0)
    assert delivered == len(server.mails) >= 4
    assert states(cluster, shop)["waiting"] == 20 - delivered


def test_a_stop_waits_for_no_mail_server_that_sleeps(cluster, database, start_shop, mail_server):
    server = mail_server()
    server.replies = ["sleep"] * 8
    shop = start_shop(database(), **clear_text(server))
    ask(cluster, shop, 2)
    server.wait_until_asked(2)
    assert shop.stop() == 0
    assert states(cluster, shop) == {"waiting": 2}
    due = cluster.sql(shop.database, "SELECT count(*) FROM jobs.job WHERE kind = 'mail.send' AND due_at <= now()")
    assert due == "2"


def test_postgres_may_go_away(mail_server, start_shop):
    cluster = PostgresCluster()
    try:
        cluster.start()
        url = cluster.create("shop")
        assert shop_server.run("migrate", env={"DATABASE_URL": url}).returncode == 0
        server = mail_server()
        shop = start_shop(url, **clear_text(server))
        ask(cluster, shop, 3)
        server.wait_for(3)
        server.takes_seconds = 1.0
        ask(cluster, shop, 4, name="bob")
        server.wait_until_asked(7)
        cluster.kill()
        server.takes_seconds = 0.0
        cluster.start()
        shop.wait_until("SERVING")
        ask(cluster, shop, 3, name="cat")
        cluster.sql("shop", RETRY_NOW)  # what came of the four was not written down: their leases end
        wait_until(lambda: states(cluster, shop) == {"done": 10})
        ids = [mail["Message-ID"] for mail in server.mails]
        assert len(set(ids)) == 10 and len(ids) <= 14
    finally:
        cluster.remove()


def test_the_queue_is_measured(cluster, database, start_shop, mail_server):
    server = mail_server()
    server.rcpt_replies = ["550 no"]
    shop = start_shop(database(), **clear_text(server))
    ask(cluster, shop, 3)
    wait_until(lambda: states(cluster, shop) == {"done": 2, "dead": 1})
    wanted = {
        'fastshop_job_attempts_total{kind="mail.send",outcome="done"}': 2,
        'fastshop_job_attempts_total{kind="mail.send",outcome="given_up"}': 1,
        # These are counted every 15 seconds.
        'fastshop_jobs{kind="mail.send",state="dead"}': 1,
        'fastshop_jobs{kind="mail.send",state="waiting"}': 0,
        'fastshop_job_oldest_seconds{kind="mail.send"}': 0,
    }
    wait_until(lambda: {name: metrics_of(shop)[name] for name in wanted} == wanted)


@pytest.mark.parametrize(
    "url",
    [
        "localhost", "http://localhost:25", "smtp://", "smtp://user@host", "smtp://user:pa55@mail.example?tls=off",
        "smtp://host/path", "smtp://host:99999", "smtp://host?tls=maybe", "smtp://ho st", "smtps://host?tls=off",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_showing_it(url):
    done = shop_server.run("serve", env={"FASTSHOP_SMTP_URL": url, "DATABASE_URL": "postgres://127.0.0.1:1/x"})
    assert done.returncode != 0
    assert "FASTSHOP_SMTP_URL must be smtp://" in done.stderr and "pa55" not in done.stdout + done.stderr
