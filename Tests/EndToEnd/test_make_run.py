"""`make run`, from the server's start to its end: the commands that it prints work unchanged."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

import documented_commands
import pytest
from curl import curl

from shop_server import BINARY, ROOT, environment, free_port

OPEN_SECONDS_MAX = 180
COMMAND_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30


@pytest.fixture(scope="module")
def demo():
    """The script behind `make run`, with the existing build and its own ports."""
    data = pathlib.Path(tempfile.mkdtemp(prefix="fastshop-demo-", dir="/tmp"))
    data.chmod(0o755)  # Postgres runs as another user when the tests run as root
    settings = {
        "CONFIGURATION": BINARY.parent.name,
        "FASTSHOP_LISTEN": f"127.0.0.1:{free_port()}",
        "FASTSHOP_TLS_LISTEN": f"127.0.0.1:{free_port()}",
        "FASTSHOP_DATA_DIR": str(data / "data"),
    }
    process = subprocess.Popen(
        [ROOT / "Scripts/run-demo.sh"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(settings),
        start_new_session=True,
    )
    try:
        yield process, read_until(process, "watch_inventory.py"), data / "data"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(data, ignore_errors=True)
# An error as curl shows it.
ERROR = re.compile(r'"code":\s*"[a-z_]+",\s*"message"')


def read_until(process: subprocess.Popen, text: str) -> str:
    """Its output up to the end of the line with `text`."""
    output, end = "", time.monotonic() + OPEN_SECONDS_MAX
    while not re.search(re.escape(text) + ".*\n", output):
        assert time.monotonic() < end, output
        if select.select([process.stdout], [], [], 1)[0]:
            part = os.read(process.stdout.fileno(), 65_536).decode(errors="replace")
            assert part, f"it ended:\n{output}"
            output += part
    return output


def commands(output: str) -> list[str]:
    return re.findall(r"^  ((?:\.|export )\S+ .*)$", output, re.MULTILINE)


def test_it_raises_every_allowance_that_there_is():
    from fastshop.policy.v1 import policy_pb2

    raised = re.search(r"raised=(\S+)", (ROOT / "Scripts/run-demo.sh").read_text())[1].split(",")
    names = {name.removeprefix("LIMITER_CLASS_").lower() for name in policy_pb2.LimiterClass.keys()}
    named = {each.partition("=")[0] if "=" in each else "standard" for each in raised}
    assert named == names - {"unspecified", "exempt"}
    assert {each.rpartition("=")[2] for each in raised} == {"10000/min"}


def test_it_shows_what_it_does_and_prints_four_commands(demo):
    _, output, _ = demo
    assert "==> Building" in output and "==> Starting the demo shop" in output
    assert len(commands(output)) == 4
    assert any("python" in command for command in commands(output))
    assert any("fastshop call" in command for command in commands(output))


def test_a_web_page_of_this_machine_may_call(demo):
    address = re.search(r"gRPC at (\S+) in clear", demo[1])[1]
    expected = {"http://localhost:5173": 204, "http://127.0.0.1:3000": 204, "http://evil.example": 403}
    for origin, status in expected.items():
        asking = ("-H", f"origin: {origin}", "-H", "access-control-request-method: POST", "--request", "OPTIONS")
        list_products = f"http://{address}/fastshop.catalog.v1.CatalogService/ListProducts"
        assert curl(list_products, *asking).status == status


def run_as_printed(command: str, exports: tuple[str, ...] = (), address: str = "") -> str:
    """The output of a command in a terminal that has run `exports` before."""
    script = "\n".join(["set -euo pipefail", *exports, command])
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX, check=False,
        env=environment({"FASTSHOP_ADDRESS": address} if address else {}))
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert not ERROR.search(done.stdout), f"{command}\n{done.stdout}"
    return done.stdout


def watch_a_change(watch: str, exports: tuple[str, ...], address: str = "") -> None:
    """The watcher runs until it is stopped; the command that it prints sends it an event."""
    watcher = subprocess.Popen(
        "exec " + watch, shell=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=environment({"PYTHONUNBUFFERED": "1"} | ({"FASTSHOP_ADDRESS": address} if address else {})))
    try:
        lines = iter(watcher.stdout.readline, "")
        change = next(line for line in lines if "AdjustStock" in line).strip()
        next(line for line in lines if "changes follow" in line)
        run_as_printed(change, exports)
        assert re.search(r"now \d+ available", next(lines))
    finally:
        watcher.terminate()
        watcher.wait(10)


def test_the_commands_work_verbatim(demo):
    browse, call, sign_in, watch = commands(demo[1])
    for command, expected in ((browse, "Page 3"), (call, '"next_page_token"')):
        assert expected in run_as_printed(command)
    watch_a_change(watch, (sign_in,))


DOCUMENTS = [
    "README.md", "Clients/python/README.md", "docs/tasks/call-from-curl-or-a-browser.md", "docs/tasks/open-a-shop.md",
    "docs/tasks/browse-a-shop.md",
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_of_the_documents_work_as_they_stand(demo, document):
    address = re.search(r"gRPC at (\S+) in clear text", demo[1])[1]
    exports, watched = (), None
    found = documented_commands.commands(document)
    assert len(found) >= 3
    for command in found:
        command = documented_commands.as_installed(command, address, BINARY, demo[2])
        if re.match(r"(export )?\w+=", command):
            exports += (command,)
        elif "watch_inventory.py" in command:
            watched = command
        else:
            print(run_as_printed(command, exports, address))
    if watched:
        watch_a_change(watched, exports, address)


def test_whoever_registers_finds_a_link_that_leads_to_the_shop(demo):
    address = re.search(r"gRPC at (\S+) in clear text", demo[1])[1]
    register, find = [
        documented_commands.as_installed(command, address, BINARY, demo[2])
        for command in documented_commands.commands("README.md") if "RegisterUser" in command or "#token=" in command]
    run_as_printed(register.replace("ada@", "grace@"))
    link = run_as_printed(find).strip()
    page, token = link.split("#token=")
    assert page == f"http://{address}/verify-email"
    assert curl(page).status == 200
    chosen = json.dumps({"token": token, "password": "plain words do nicely"})
    answer = curl(f"http://{address}/fastshop.identity.v1.AuthService/VerifyEmail", "--json", chosen)
    assert answer.status == 200, answer.text


def test_an_open_shop_is_not_taken_for_the_one_to_be_opened(demo, tmp_path):
    address = re.search(r"gRPC at (\S+) in clear text", demo[1])[1]
    settings = {
        "CONFIGURATION": BINARY.parent.name, "FASTSHOP_LISTEN": address, "FASTSHOP_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [ROOT / "Scripts/run-demo.sh"], capture_output=True, text=True, timeout=OPEN_SECONDS_MAX,
        env=environment(settings), check=False)
    assert done.returncode == 1 and "FastShop is running" not in done.stdout
    assert f"A shop already serves at {address}" in done.stderr and "FASTSHOP_LISTEN=" in done.stderr


def test_ctrl_c_ends_it_and_its_postgres(demo):
    process, _, data = demo
    pids = [int(file.read_text().split()[0]) for file in data.rglob("postmaster.pid")]
    assert pids, "its own Postgres runs in the data directory"
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(STOP_SECONDS_MAX) in (0, 130)
    assert not [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
    assert not list(data.rglob("postmaster.pid"))
