"""Runs curl as a user at a terminal would."""

import dataclasses
import json
import pathlib
import ssl
import subprocess
import tempfile

CURL_SECONDS_MAX = 30


@dataclasses.dataclass(frozen=True)
class CurlAnswer:
    status: int
    # As curl says it: 1.0, 1.1 or 2.
    http_version: str
    # Names in lower case; of several fields of one name, the values with commas between.
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def curl(url: str, *arguments: str, body: bytes | None = None) -> CurlAnswer:
    """Runs curl, which must get an answer; `body` is what it sends."""
    with tempfile.TemporaryDirectory() as folder:
        heads, answer = pathlib.Path(folder, "heads"), pathlib.Path(folder, "answer")
        answer.touch()
        given = [] if body is None else ["--data-binary", "@-"]
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--dump-header", heads, "--output", answer, "--write-out",
             "%{http_code} %{http_version}", *given, *arguments, url],
            input=body or b"", capture_output=True, timeout=CURL_SECONDS_MAX, check=False)
        assert done.returncode == 0, f"curl ended with {done.returncode}: {done.stderr.decode()}"
        status, version = done.stdout.decode().split()
        return CurlAnswer(int(status), version, read_head(heads.read_text()), answer.read_bytes())


def post_json(server, method: str, request: dict, *arguments: str) -> CurlAnswer:
    """A unary call as the README shows it."""
    return curl(
        f"http://{server.address}/{method}", "--header", "content-type: application/json", *arguments,
        body=json.dumps(request).encode())


def trusting(server, folder: pathlib.Path) -> list[str]:
    """Arguments by which curl trusts the server's development certificate."""
    host, port = server.tls_address.rsplit(":", 1)
    file = folder / "server.pem"
    file.write_text(ssl.get_server_certificate((host, int(port))))
    return ["--cacert", str(file)]


def read_head(text: str) -> dict[str, str]:
    """The fields of the last head: what came before are answers such as 100 Continue."""
    head = text.replace("\r\n", "\n").strip().split("\n\n")[-1]
    fields: dict[str, str] = {}
    for line in head.split("\n")[1:]:
        name, value = line.split(":", 1)
        name = name.lower()
        fields[name] = f"{fields[name]}, {value.strip()}" if name in fields else value.strip()
    return fields
