"""Runs the official interoperability suite against the real interop-server: every case, with every client, in clear
text and over TLS. Prints a line for each; the exit code says whether all passed.

usage: run.py [--server PROGRAM] [--client NAME]...
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time
from dataclasses import dataclass

from google.protobuf import descriptor_pb2

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MADE = ROOT / ".build/interop"
OFFICIAL_PROTOS = pathlib.Path("/usr/share/grpc-proto")
# Of what is asked for apart from the suite's own service: the files that it is described in are not Debian's.
LOAD_REPORT_FILES = ["xds/data/orca/v3/orca_load_report.proto", "xds/service/orca/v3/orca.proto"]
PROTO_FILES = ["grpc/testing/empty.proto", "grpc/testing/messages.proto", "grpc/testing/test.proto"]

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 15
CLIENT_SECONDS_MAX = 240


@dataclass(frozen=True)
class Client:
    """Another implementation: what builds its program, and how that is called."""

    name: str
    command: list[str]
    build: list[str] | None = None
    # Cases that it cannot run, whatever the server does.
    cannot: frozenset[str] = frozenset()


def clients() -> list[Client]:
    python = HERE / "python"
    return [
        # Its core takes the trailer that reports a call's load out of what a program sees.
        Client("grpcio", [sys.executable, str(python / "interop_client.py"), str(descriptor_set())],
               cannot=frozenset({"orca_per_rpc"})),
        Client("grpc-go", [str(MADE / "go/client")], [str(HERE / "go/build.sh"), str(MADE / "go")]),
        Client("grpc-java", [str(MADE / "java/client")], [str(HERE / "java/build.sh"), str(MADE / "java")]),
    ]


def descriptor_set() -> pathlib.Path:
    return MADE / "official-interface.binpb"


def describe(include: pathlib.Path, into: pathlib.Path) -> dict[str, set[tuple]]:
    """What the service's files below a directory say: the fields of each message, the methods of each service."""
    MADE.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["protoc", f"-I{include}", f"-I{HERE / 'proto'}", "--include_imports", f"--descriptor_set_out={into}",
         *PROTO_FILES, *LOAD_REPORT_FILES], check=True
    )
    elements: dict[str, set[tuple]] = {}
    for file in descriptor_pb2.FileDescriptorSet.FromString(into.read_bytes()).file:
        for message in file.message_type:
            elements[message.name] = {(f.name, f.number, f.type, f.label, f.type_name) for f in message.field}
        for enum in file.enum_type:
            elements[enum.name] = {(value.name, value.number) for value in enum.value}
        for service in file.service:
            elements[service.name] = {
                (m.name, m.input_type, m.output_type, m.client_streaming, m.server_streaming) for m in service.method
            }
    return elements


def interface_difference() -> str | None:
    """The clients know gRPC's own description of the service; ours may say less, but nothing else."""
    official = describe(OFFICIAL_PROTOS, descriptor_set())
    ours = describe(HERE / "proto", MADE / "our-interface.binpb")
    wrong = {name: sorted(ours[name] - official.get(name, set())) for name in ours}
    missing = official["TestService"] - ours["TestService"]
    odd = [f"{name}: {elements}" for name, elements in wrong.items() if elements] + [str(each) for each in missing]
    return "; ".join(odd) or None


class Server:
    """One interop-server on a free port."""

    def __init__(self, program: pathlib.Path, *, tls: bool) -> None:
        self.name = "TLS" if tls else "clear text"
        certificates = MADE / "certificate"
        certificates.mkdir(parents=True, exist_ok=True)
        arguments = ["--tls", "--certificate-directory", str(certificates)] if tls else []
        self.ca_file = str(certificates / "development-certificate.pem") if tls else "-"
        self._log_file = MADE / f"server-{self.name.replace(' ', '-')}.log"
        with open(self._log_file, "wb") as log:
            self._process = subprocess.Popen(
                [program, "--listen", "127.0.0.1:0", *arguments], stdout=log, stderr=log
            )
        self.address = f"localhost:{self._port()}"

    @property
    def log(self) -> str:
        return self._log_file.read_text(errors="replace")

    def _port(self) -> int:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"listening on \S+:(\d+)", self.log):
                return int(found[1])
            time.sleep(0.02)
        self._process.kill()
        raise SystemExit(f"interop-server did not start:\n{self.log}")

    def peak_mebibytes(self) -> int:
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024

    def stop(self) -> str | None:
        """What is wrong with its end, or nothing."""
        self._process.terminate()
        try:
            code = self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return f"it did not end within {STOP_SECONDS_MAX} s"
        return None if code == 0 else f"it ended with {code}:\n{self.log}"


def results(client: Client, server: Server, cases: list[str]) -> dict[str, str | None]:
    """What is wrong with each case, or nothing: what a client does not report has failed."""
    try:
        run = subprocess.run(
            [*client.command, server.address, server.ca_file, *cases],
            capture_output=True, text=True, timeout=CLIENT_SECONDS_MAX, check=False,
        )
        output, end = run.stdout, f"it ended with {run.returncode}: {run.stderr[-2000:]}"
    except subprocess.TimeoutExpired as error:
        output, end = (error.stdout or b"").decode(), f"it did not end within {CLIENT_SECONDS_MAX} s"
    reported = dict(line.split(" ", 1) for line in output.splitlines() if " " in line)
    outcomes = {case: reported.get(case, f"was not reported; {end}") for case in cases}
    return {case: None if outcome == "ok" else outcome for case, outcome in outcomes.items()}


def build(client: Client) -> str | None:
    """What went wrong, or nothing."""
    if client.build is None:
        return None
    done = subprocess.run(client.build, capture_output=True, text=True, timeout=CLIENT_SECONDS_MAX, check=False)
    return None if done.returncode == 0 else f"was not built: {(done.stdout + done.stderr)[-4000:]}"


class Report:
    """Counts what it prints."""

    passed = 0
    failed = 0

    def add(self, who: str, how: str, what: str, wrong: str | None) -> None:
        if wrong is None:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{who:10} {how:10} {what:28} {wrong or 'ok'}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", type=pathlib.Path, default=ROOT / ".build/debug/interop-server")
    parser.add_argument("--client", action="append", help="only this one; may be repeated")
    options = parser.parse_args()
    chosen = [client for client in clients() if options.client is None or client.name in options.client]
    if not chosen:
        parser.error(f"the clients are {', '.join(client.name for client in clients())}")
    lines = (HERE / "cases.txt").read_text().splitlines()
    cases = [line for line in lines if line and not line.startswith("#")]

    report = Report()
    report.add("interface", "", "the same as gRPC's own", interface_difference())
    broken = {client.name: build(client) for client in chosen}
    servers = [Server(options.server, tls=False), Server(options.server, tls=True)]
    for client in chosen:
        for server in servers:
            start = time.monotonic()
            wrong, can = broken[client.name], [case for case in cases if case not in client.cannot]
            outcomes = {case: wrong for case in can} if wrong else results(client, server, can)
            for case, outcome in outcomes.items():
                report.add(client.name, server.name, case, outcome)
            print(f"{client.name:10} {server.name:10} took {time.monotonic() - start:.1f} s", flush=True)
    for server in servers:
        print(f"{'server':10} {server.name:10} took at most {server.peak_mebibytes()} MiB", flush=True)
        report.add("server", server.name, "stopped in good order", server.stop())
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
