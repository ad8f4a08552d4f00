"""`make run`, from its server's start to its end: the commands that it prints work as they stand."""

import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from shop_server import BINARY, ROOT, environment, free_port

OPEN_SECONDS_MAX = 180
STOP_SECONDS_MAX = 30


@pytest.fixture(scope="module")
def demo():
    """The script behind `make run`, on the build that is there and on ports of its own."""
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


def read_until(process: subprocess.Popen, text: str) -> str:
    """What it printed, to the end of the line that has `text`."""
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
    assert "==> Building" in output and "==> Opening the demo shop" in output
    assert len(commands(output)) == 4
    assert any("python" in command for command in commands(output))
    assert any("fastshop call" in command for command in commands(output))


def test_the_commands_work_verbatim(demo):
    browse, call, sign_in, watch = commands(demo[1])
    for command, expected in ((browse, "Page 3"), (call, '"next_page_token"')):
        done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
    # The fourth runs until it is stopped; it tells of a change that sends it an event.
    unbuffered = os.environ | {"PYTHONUNBUFFERED": "1"}
    watcher = subprocess.Popen(
        "exec " + watch, shell=True, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=unbuffered
    )
    try:
        lines = iter(watcher.stdout.readline, "")
        request = next(line for line in lines if "variant_id" in line).strip()
        next(line for line in lines if "now its changes" in line)
        adjust = re.sub(r"\S+/ListProducts '.*'", "fastshop.inventory.v1.InventoryService/AdjustStock", call)
        # The request is one argument, as its quotes would make it.
        signed_in = f'{sign_in}; exec {adjust} "$0"'
        done = subprocess.run(
            ["bash", "-c", signed_in, request], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "-1 (damaged)" in next(lines)
    finally:
        watcher.terminate()
        watcher.wait(10)


def test_ctrl_c_ends_it_and_its_postgres(demo):
    process, _, data = demo
    pids = [int(file.read_text().split()[0]) for file in data.rglob("postmaster.pid")]
    assert pids, "its own Postgres runs in the data directory"
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(STOP_SECONDS_MAX) in (0, 130)
    assert not [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
    assert not list(data.rglob("postmaster.pid"))
