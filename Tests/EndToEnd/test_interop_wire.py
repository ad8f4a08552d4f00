"""gRPC's interoperability server frame by frame: metadata of every legal form, and streams with a slow reader."""

import base64
import pathlib
import re
import subprocess

import pytest
from shop_server import BINARY
from wire import Wire, frame
from waiting import wait_until

PROGRAM = BINARY.with_name("interop-server")
STOP_SECONDS_MAX = 15
SERVICE = "/grpc.testing.TestService/"
UNARY, OUTPUT, INPUT, DUPLEX = (
    SERVICE + name for name in ("UnaryCall", "StreamingOutputCall", "StreamingInputCall", "FullDuplexCall"))
ECHOED = "x-grpc-test-echo-trailing-bin"
MIB = 2**20


class InteropServer:
    """One `interop-server` on a free port, in clear text."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._log_file = folder / "interop.log"
        with open(self._log_file, "wb") as log:
            self.process = subprocess.Popen([PROGRAM, "--listen", "127.0.0.1:0"], stdout=log, stderr=log)
        self.address = f"127.0.0.1:{self._port()}"

    def _port(self) -> str:
        def found() -> re.Match | None:
            assert self.process.poll() is None, self._log_file.read_text()
            return re.search(r"listening on \S+:(\d+)", self._log_file.read_text())

        return wait_until(found, lambda: f"interop-server did not start:\n{self._log_file.read_text()}")[1]

    def resident_bytes(self) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def stop(self) -> None:
        self.process.terminate()
        try:
            assert self.process.wait(STOP_SECONDS_MAX) == 0
        finally:
            self.process.kill()


@pytest.fixture(scope="module")
def interop(tmp_path_factory):
    server = InteropServer(tmp_path_factory.mktemp("interop"))
    yield server
    server.stop()


@pytest.fixture
def wire(interop):
    wire = Wire(interop)
    yield wire
    wire.close()


def field(number: int, value: int | bytes) -> bytes:
    """Protobuf by hand: the suite's messages are few."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def asking_for(count: int, size: int, interval_us: int = 0) -> bytes:
    """StreamingOutputCallRequest for `count` responses."""
    return b"".join(field(2, field(1, size) + field(2, interval_us)) for _ in range(count))


def start(wire: Wire, path: str, *fields: tuple[str, str]) -> int:
    """As Wire's own, with fields that may come more than once."""
    stream = wire.http2.get_next_available_stream_id()
    wire.http2.send_headers(stream, [
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "shop"), ("te", "trailers"),
        ("content-type", "application/grpc"), *fields])
    wire.flush()
    return stream


def text(value: bytes, padded: bool = False) -> str:
    encoded = base64.b64encode(value).decode()
    return encoded if padded else encoded.rstrip("=")


A, B, C = b"\xab\xab\xab", b"\x00", b"\xff\xfe\xfd\xfc"
# The forms of binary metadata in one field or several (PROTOCOL-HTTP2.md, Custom-Metadata), and their values.
BINARY_FORMS = {
    "no padding": ([text(B)], [B]),
    "padding": ([text(B, padded=True)], [B]),
    "none needed": ([text(A)], [A]),
    "nothing": ([""], [b""]),
    "every byte": ([text(bytes(range(256)))], [bytes(range(256))]),
    "two in one field": ([f"{text(A)},{text(C)}"], [A, C]),
    "two in one field, padded, with a blank": ([f"{text(B, True)}, {text(C, True)}"], [B, C]),
    "two fields": ([text(A), text(C)], [A, C]),
    "two fields, one of two": ([f"{text(A)},{text(B, True)}", text(C)], [A, B, C]),
    "one of nothing between two": ([f"{text(A)},,{text(C)}"], [A, b"", C]),
}


@pytest.mark.parametrize(("sent", "meant"), BINARY_FORMS.values(), ids=BINARY_FORMS)
def test_binary_metadata_in_every_legal_form(wire, sent, meant):
    stream = start(wire, UNARY, *((ECHOED, value) for value in sent))
    wire.send(stream, frame(b""))
    answer = wire.read(stream)
    assert answer.grpc_status == 0
    values = [value for name, value in answer.all_trailers if name == ECHOED]
    assert [base64.b64decode(each + "=" * (-len(each) % 4)) for value in values for each in value.split(",")] == meant
    # Ours are written as gRPC wants them: without padding.
    assert not any("=" in value for value in values)


@pytest.mark.parametrize("value", ["a", "****", "ab=c", "=", "ab===="])
def test_binary_metadata_that_is_none_harms_nobody(wire, value):
    stream = start(wire, UNARY, (ECHOED, value))
    wire.send(stream, frame(b""))
    assert wire.read(stream).grpc_status in (0, 3, 13)
    assert wire.call(UNARY, frame(b"")).grpc_status == 0


def test_a_slow_handler_stops_its_caller_by_flow_control(wire, interop):
    """It sleeps before each response, and reads no request meanwhile."""
    sleepy = asking_for(1, 1, interval_us=600_000_000)
    stream = start(wire, DUPLEX)
    wire.send(stream, frame(sleepy), end_stream=False)
    before, sent = interop.resident_bytes(), 0
    body = frame(field(3, field(2, bytes(8_000))))
    stopped = 0
    # It has answered so many calls that were sent later, and has not asked for more.
    while stopped < 20:
        assert wire.call(UNARY, frame(b"")).grpc_status == 0
        stopped += 1
        while wire.http2.local_flow_control_window(stream) >= len(body):
            wire.send(stream, body, end_stream=False)
            sent += len(body)
            stopped = 0
            assert sent < 4 * MIB, "nobody stopped the caller"
    assert sent > 0 and interop.resident_bytes() - before < 8 * MIB
    wire.http2.reset_stream(stream)
    wire.flush()
    assert wire.call(UNARY, frame(b"")).grpc_status == 0


def test_a_slow_reader_stops_the_handler_by_flow_control(wire, interop):
    count, size = 300, 64 * 1024
    before = interop.resident_bytes()
    stream = start(wire, OUTPUT)
    wire.send_all(stream, frame(asking_for(count, size)))
    # While these are answered, the handler goes as far as it may.
    beside = Wire(interop)
    for _ in range(100):
        assert beside.call(UNARY, frame(b"")).grpc_status == 0
    beside.close()
    assert interop.resident_bytes() - before < 8 * MIB, "more was made than its reader takes"
    answer = wire.read(stream)
    assert answer.grpc_status == 0 and count * size < len(answer.body) < count * (size + 32)
    assert interop.resident_bytes() - before < 8 * MIB


def test_a_stream_without_requests_can_be_answered(wire):
    stream = start(wire, INPUT)
    wire.send(stream, b"")
    answer = wire.read(stream)
    assert answer.grpc_status == 0 and answer.body == frame(b"")
