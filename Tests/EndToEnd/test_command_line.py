"""The program on the command line."""

import json
import re
import socket
import subprocess
import threading

import grpc
import pytest
from stubs import products_of

import shop_server
from shop_server import BINARY, ROOT, run

# Longer than a call waits for a connection to the database (half a second), shorter than a command does (10 s).
LATE_SECONDS = 2

COMMANDS = ["serve", "migrate", "seed", "call", "convert-prices"]


def test_help_names_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command}\b.* {{2}}\w", done.stdout, re.MULTILINE), done.stdout


def test_the_page_of_production_installs_the_libraries_of_the_program():
    page = (ROOT / "docs/tasks/run-in-production.md").read_text()
    installed = set(re.search(r"^apt-get install (.*?\n.*?)\n", page, re.MULTILINE)[1].replace("\\\n", " ").split())
    # Every Debian has the first two; others of the list need the rest.
    installed |= {"libc6", "libcrypt1", "zlib1g", "libglib2.0-0"}
    needed = subprocess.run(["readelf", "-d", BINARY], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"\(NEEDED\).*\[(.*)\]", needed)
    assert len(names) > 10
    for name in names:
        owner = subprocess.run(["dpkg", "-S", f"*/{name}"], capture_output=True, text=True, check=False).stdout
        # Debian has no package of the libraries of Swift, which come with the program.
        packages = {line.split(":")[0] for line in owner.splitlines()}
        assert not packages or packages & installed, f"{name} is in {packages}"


def test_the_page_of_settings_names_the_pages_that_mails_link_to():
    page = (ROOT / "docs/settings.md").read_text()
    pages = (ROOT / "Sources/fastshop/Pages/AccountPages.swift").read_text()
    paths = re.findall(r'"(/[a-z-]+)"', re.search(r"static let paths = \[(.*?)\]", pages)[1])
    assert len(paths) >= 4
    for path in paths:
        assert f"| `{path}#token=…` |" in page
    mailers = (ROOT / "Sources/fastshop/Serving/QueuedStockMailer.swift").read_text()
    assert re.findall(r"siteURL\)/([a-z-]+)/", mailers) == ["products"] and "| `/products/{slug}` |" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("OVERVIEW:")
    options = re.findall(r"^  (-.*)", done.stdout, re.MULTILINE)
    assert len(options) >= 2
    # Every option and argument has its sentence, on its line or the next.
    text = re.sub(r"\n {10,}", "   ", done.stdout)
    for line in re.findall(r"^  (?:-|<).*", text, re.MULTILINE):
        assert re.search(r"\S {2,}\S", line), f"no sentence: {line}"


KNOWN = ROOT / "Sources/fastshop/Settings/KnownVariables.swift"


def test_the_page_of_settings_the_list_and_the_code_have_the_same_variables():
    page, known = (ROOT / "docs/settings.md").read_text(), KNOWN.read_text()
    on_page = set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))
    literal = r'"((?!FASTSHOP_TEST_)(?:FASTSHOP|DATABASE)_[A-Z_]+)"'  # what no release has is nobody's to set
    in_code = {
        variable
        for file in (ROOT / "Sources/fastshop").rglob("*.swift") if file != KNOWN
        for variable in re.findall(literal, file.read_text())
    }
    assert on_page == in_code
    assert set(re.findall(literal, known)) == in_code - {"DATABASE_URL"}
    endings = re.search(r"providerEndings: Set<String> = \[(.*?)\]", known, re.DOTALL)[1]
    assert set(re.findall(r'"([A-Z_]+)"', endings)) == set(re.findall(r"`FASTSHOP_OIDC_…_([A-Z_]+)`", page))


REFUSED = [
    (["serve"], {"FASTSHOP_LISTEN": "8080"}, "FASTSHOP_LISTEN"),
    (["serve"], {"FASTSHOP_TLS_LISTEN": "nowhere"}, "FASTSHOP_TLS_LISTEN"),
    (["serve"], {"FASTSHOP_LOOPS": "none"}, "FASTSHOP_LOOPS"),
    (["serve", "--loops", "0"], {}, "--loops"),
    (["serve"], {"DATABASE_URL": "mysql://shop"}, "DATABASE_URL"),
    (["serve"], {"FASTSHOP_LOG_LEVEL": "loud"}, "FASTSHOP_LOG_LEVEL"),
    (["migrate"], {"DATABASE_URL": "shop"}, "DATABASE_URL"),
    (["seed", "--products", "-1"], {}, "--products"),
    (["seed", "--products", "many"], {}, "--products"),
    (["serve", "--nonsense"], {}, "--nonsense"),
    (["sell"], {}, "sell"),
    (["call", "fastshop.catalog.v1.CatalogService/GetProduct", "{not json"], {}, "JSON"),
]


@pytest.mark.parametrize(("arguments", "settings", "named"), REFUSED)
def test_what_cannot_be_used_is_refused_with_a_sentence(arguments, settings, named, tmp_path):
    done = run(*arguments, env={"FASTSHOP_DATA_DIR": str(tmp_path)} | settings, timeout=20)
    assert done.returncode not in (0, -6, -4, -5, -11), f"{done.returncode}: {done.stderr}"
    assert named in done.stderr
    assert "Fatal error" not in done.stderr and ".swift" not in done.stderr


def test_a_password_in_a_bad_url_is_not_repeated():
    done = run("migrate", env={"DATABASE_URL": "mysql://shop:hunter2@db/shop"}, timeout=20)
    assert done.returncode != 0
    assert "hunter2" not in done.stdout + done.stderr


def test_a_port_that_is_taken_is_named(database):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = {"DATABASE_URL": database(), "FASTSHOP_LISTEN": address, "FASTSHOP_TLS_LISTEN": "off"}
        done = run("serve", env=settings, timeout=30)
    assert done.returncode != 0
    assert address in done.stderr


def call(shop, method: str, request: str = "{}", *options: str):
    return run("call", "--address", shop.address, *options, method, request, timeout=30)


def test_call_prints_json(shop):
    product = products_of(shop)[0]
    done = call(shop, "fastshop.catalog.v1.CatalogService/GetProduct", json.dumps({"id": product.id}))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)["product"]
    assert answer["title"] == product.title
    assert answer["price"] == {"amount_minor": str(product.price.amount_minor), "currency": product.price.currency}
    assert answer["status"] == "PRODUCT_STATUS_ACTIVE"


def test_call_prints_a_refusal_and_fails(shop):
    done = call(shop, "fastshop.catalog.v1.CatalogService/GetProduct", '{"slug": "no-such-thing"}')
    assert done.returncode == 64 + grpc.StatusCode.NOT_FOUND.value[0]
    assert "NOT_FOUND" in done.stderr and "no-such-thing" in done.stderr


def test_call_names_a_wrong_field(shop):
    done = call(shop, "fastshop.catalog.v1.CatalogService/ListProducts", '{"page_size": -1}')
    assert done.returncode != 0
    assert "INVALID_ARGUMENT" in done.stderr and "page_size" in done.stderr


@pytest.mark.parametrize("method", ["no.such.Service/Call", "fastshop.catalog.v1.CatalogService/Nothing", "nonsense"])
def test_call_knows_what_there_is(shop, method):
    done = call(shop, method)
    assert done.returncode != 0
    assert done.stderr.strip() and "Fatal" not in done.stderr


def test_call_without_a_server_says_so():
    done = run(
        "call", "--address", f"127.0.0.1:{shop_server.free_port()}", "grpc.health.v1.Health/Check", "{}", timeout=30
    )
    assert done.returncode != 0
    assert "UNAVAILABLE" in done.stderr


def test_migrate_may_run_again(cluster):
    url = cluster.create("migrated")
    assert run("migrate", env={"DATABASE_URL": url}).returncode == 0
    again = run("migrate", env={"DATABASE_URL": url})
    assert again.returncode == 0, again.stderr


def test_a_command_waits_for_a_database_that_answers_late(cluster):
    """Later than a call would wait, which has a caller who can try again."""
    url = cluster.create("late")
    assert run("migrate", env={"DATABASE_URL": url}).returncode == 0
    cluster.freeze()
    thaw = threading.Timer(LATE_SECONDS, cluster.thaw)
    thaw.start()
    done = run("migrate", env={"DATABASE_URL": url})
    thaw.join()
    assert done.returncode == 0, done.stderr


def test_a_seeded_shop_is_the_same_each_time(cluster):
    def shape(name: str) -> str:
        url = cluster.create(name)
        assert run("migrate", env={"DATABASE_URL": url}).returncode == 0
        assert run("seed", "--products", "40", env={"DATABASE_URL": url}).returncode == 0
        return cluster.sql(name, "SELECT slug, title, price_minor FROM catalog.product ORDER BY slug")

    first = shape("seeded_1")
    assert len(first.splitlines()) == 40
    assert first == shape("seeded_2")
