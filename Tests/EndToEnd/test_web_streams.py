"""All four kinds of calls by connectrpc, in each protocol, against interop-server's TestService, because the shop has
no bidirectional streams: statuses and metadata of the caller's choice."""

import pathlib
import subprocess
import sys

import pytest
import shop_server
from connect_client import CALL_VARIANTS, connected, method
from connectrpc.client import ResponseMetadata
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTOS = shop_server.ROOT / "Tests/Interop/proto"
FILES = [f"grpc/testing/{name}.proto" for name in ("empty", "messages", "test")]
SERVER = shop_server.BINARY.parent / "interop-server"
CALL_MS = 20_000
REQUEST_SIZES, RESPONSE_SIZES = (27182, 8, 1828, 45904), (31415, 9, 2653, 58979)
LARGE_BYTES = 300_000
SPECIAL_MESSAGE = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
STOP_SECONDS_MAX = 15


class Interop:
    """interop-server on two ports, in clear text and over TLS, and its interface."""

    def __init__(self, folder: pathlib.Path) -> None:
        described = folder / "interface.binpb"
        subprocess.run(
            [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", "--include_imports",
             f"--descriptor_set_out={described}", *FILES], check=True)
        self._pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(described.read_bytes()).file:
            self._pool.Add(file)
        self._processes = []
        self.address = self._serve(folder)
        self.tls_address = self._serve(folder, "--tls", "--certificate-directory", str(folder))

    def _serve(self, folder: pathlib.Path, *arguments: str) -> str:
        process = subprocess.Popen(
            [SERVER, "--listen", "127.0.0.1:0", "--loops", "1", *arguments], stdout=subprocess.PIPE, text=True,
            env=shop_server.environment({}))
        self._processes.append(process)
        line = process.stdout.readline()
        return line.split("listening on ")[1].split()[0]

    def method(self, name: str):
        return method(self._pool.FindServiceByName("grpc.testing.TestService"), name)

    def message(self, name: str, **fields):
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"grpc.testing.{name}"))(**fields)

    def payload(self, size: int):
        return self.message("Payload", body=bytes(size))

    def output_request(self, *sizes: int, size: int = 0):
        wanted = [self.message("ResponseParameters", size=each) for each in sizes]
        return self.message("StreamingOutputCallRequest", response_parameters=wanted, payload=self.payload(size))

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
            assert process.wait(STOP_SECONDS_MAX) == 0


@pytest.fixture(scope="module")
def interop(tmp_path_factory):
    interop = Interop(tmp_path_factory.mktemp("interop"))
    yield interop
    interop.stop()


@pytest.fixture(params=CALL_VARIANTS, ids=str)
def way(request):
    return request.param


@pytest.fixture
def client(way, interop):
    with connected(way, interop.address, interop.tls_address) as client:
        yield client


def needs_http_2(way) -> bool:
    return way.http != "2"


def test_a_large_unary_call(client, interop):
    request = interop.message("SimpleRequest", response_size=LARGE_BYTES, payload=interop.payload(LARGE_BYTES))
    answer = client.execute_unary(request=request, method=interop.method("UnaryCall"), timeout_ms=CALL_MS)
    assert len(answer.payload.body) == LARGE_BYTES


def test_the_message_without_fields(client, interop):
    answer = client.execute_unary(
        request=interop.message("Empty"), method=interop.method("EmptyCall"), timeout_ms=CALL_MS)
    assert answer == interop.message("Empty")


def test_a_stream_of_requests(client, interop):
    requests = (
        interop.message("StreamingInputCallRequest", payload=interop.payload(size)) for size in REQUEST_SIZES)
    answer = client.execute_client_stream(
        request=requests, method=interop.method("StreamingInputCall"), timeout_ms=CALL_MS)
    assert answer.aggregated_payload_size == sum(REQUEST_SIZES)


def test_a_stream_of_requests_larger_than_its_window(client, interop):
    requests = (
        interop.message("StreamingInputCallRequest", payload=interop.payload(LARGE_BYTES)) for _ in range(10))
    answer = client.execute_client_stream(
        request=requests, method=interop.method("StreamingInputCall"), timeout_ms=CALL_MS)
    assert answer.aggregated_payload_size == 10 * LARGE_BYTES


def test_an_empty_stream_of_requests(client, interop):
    answer = client.execute_client_stream(
        request=iter(()), method=interop.method("StreamingInputCall"), timeout_ms=CALL_MS)
    assert answer.aggregated_payload_size == 0


def test_a_stream_of_answers(client, interop):
    answers = list(client.execute_server_stream(
        request=interop.output_request(*RESPONSE_SIZES), method=interop.method("StreamingOutputCall"),
        timeout_ms=CALL_MS))
    assert [len(answer.payload.body) for answer in answers] == list(RESPONSE_SIZES)


def test_a_stream_without_an_answer(client, interop):
    answers = client.execute_server_stream(
        request=interop.output_request(), method=interop.method("StreamingOutputCall"), timeout_ms=CALL_MS)
    assert list(answers) == []


def test_streams_both_ways_where_http_2_carries_them(client, way, interop):
    requests = (interop.output_request(size, size=size) for size in RESPONSE_SIZES)
    answers = client.execute_bidi_stream(
        request=requests, method=interop.method("FullDuplexCall"), timeout_ms=CALL_MS)
    if needs_http_2(way):
        with pytest.raises(ConnectError):
            list(answers)
    else:
        assert [len(answer.payload.body) for answer in answers] == list(RESPONSE_SIZES)


@pytest.mark.parametrize("kind", ["UnaryCall", "StreamingOutputCall"])
def test_a_status_of_the_callers_choice(client, interop, kind):
    status = interop.message("EchoStatus", code=2, message=SPECIAL_MESSAGE)
    with pytest.raises(ConnectError) as caught:
        if kind == "UnaryCall":
            request = interop.message("SimpleRequest", response_status=status)
            client.execute_unary(request=request, method=interop.method(kind), timeout_ms=CALL_MS)
        else:
            request = interop.message("StreamingOutputCallRequest", response_status=status)
            list(client.execute_server_stream(request=request, method=interop.method(kind), timeout_ms=CALL_MS))
    assert (caught.value.code, caught.value.message) == (Code.UNKNOWN, SPECIAL_MESSAGE)


@pytest.mark.parametrize("kind", ["UnaryCall", "StreamingOutputCall"])
def test_metadata_goes_both_ways(client, interop, kind):
    sent = {"x-grpc-test-echo-initial": "initial", "x-grpc-test-echo-trailing-bin": "q6ur"}
    with ResponseMetadata() as metadata:
        if kind == "UnaryCall":
            client.execute_unary(
                request=interop.message("SimpleRequest", response_size=1), method=interop.method(kind),
                headers=sent, timeout_ms=CALL_MS)
        else:
            list(client.execute_server_stream(
                request=interop.output_request(1), method=interop.method(kind), headers=sent, timeout_ms=CALL_MS))
        assert metadata.headers["x-grpc-test-echo-initial"] == "initial"
        assert metadata.trailers["x-grpc-test-echo-trailing-bin"] == "q6ur"


def test_a_request_may_come_compressed_or_not(way, interop):
    # pyqwest compresses by connectrpc's word alone; the server says whether it was.
    for send, compressed in ((None, False), ("usual", True)):
        options = {} if send else {"send_compression": None}
        with connected(way, interop.address, interop.tls_address, **options) as client:
            expected = interop.message("BoolValue", value=compressed)
            request = interop.message(
                "SimpleRequest", expect_compressed=expected, response_size=2000, payload=interop.payload(2000),
                response_compressed=interop.message("BoolValue", value=True))
            answer = client.execute_unary(request=request, method=interop.method("UnaryCall"), timeout_ms=CALL_MS)
            assert len(answer.payload.body) == 2000


@pytest.mark.parametrize("way", [way for way in CALL_VARIANTS if way.protocol == ProtocolType.CONNECT], ids=str)
def test_a_json_stream_carries_what_protobuf_carries(way, interop):
    with connected(way, interop.address, interop.tls_address) as client:
        answers = list(client.execute_server_stream(
            request=interop.output_request(*range(1, 200)), method=interop.method("StreamingOutputCall"),
            timeout_ms=CALL_MS))
    assert [len(answer.payload.body) for answer in answers] == list(range(1, 200))
