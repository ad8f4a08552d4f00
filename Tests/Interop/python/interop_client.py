"""grpcio as a client of the interoperability suite.

usage: interop_client.py DESCRIPTOR_SET ADDRESS CA_FILE|- CASE...
Prints `CASE ok` or `CASE failed: REASON`, a line for each case; the exit code is the count of failures.
Source: grpc/doc/interop-test-descriptions.md
"""

import os
import pathlib
import queue
import sys
import time

import grpc
from official_interface import OfficialInterface

CALL_SECONDS = 60
LARGE_REQUEST_BYTES = 271828
LARGE_RESPONSE_BYTES = 314159
REQUEST_SIZES = (27182, 8, 1828, 45904)
RESPONSE_SIZES = (31415, 9, 2653, 58979)
CONCURRENT_CALLS = 1000
SOAK_CALLS = 50
SOAK_CHANNELS = 10
STATUS_MESSAGE = "test status message"
SPECIAL_STATUS_MESSAGE = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
INTERVAL_MICROSECONDS = 30_000
LOAD = {"cpu_utilization": 0.8210, "memory_utilization": 0.5847, "utilization": {"util": 0.30499}}
OTHER_LOAD = {"cpu_utilization": 0.29309, "memory_utilization": 0.2, "utilization": {"util": 100.2039}}
LOAD_INTERVAL_NANOSECONDS = 20_000_000


class Mailbox:
    """Requests for a stream, sent when the test wants it."""

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue = queue.SimpleQueue()

    def send(self, request) -> None:
        self._requests.put(request)

    def half_close(self) -> None:
        self._requests.put(None)

    def __iter__(self):
        return iter(self._requests.get, None)


class InteropClient:
    """The cases, each a method of the case's name."""

    def __init__(self, interface: OfficialInterface, address: str, ca_file: str) -> None:
        self._interface = interface
        self._address = address
        self._roots = None if ca_file == "-" else pathlib.Path(ca_file).read_bytes()
        self._channel = self._new_channel()
        self._stub = interface.stub("TestService", self._channel)

    def _new_channel(self) -> grpc.Channel:
        options = [("grpc.use_local_subchannel_pool", 1)]
        if self._roots is None:
            return grpc.insecure_channel(self._address, options)
        return grpc.secure_channel(self._address, grpc.ssl_channel_credentials(self._roots), options)

    # Messages

    def _new(self, name: str, **fields):
        return self._interface.message(name)(**fields)

    def _payload(self, size: int):
        return self._new("Payload", body=bytes(size))

    def _large_request(self, **fields):
        return self._new(
            "SimpleRequest", response_size=LARGE_RESPONSE_BYTES, payload=self._payload(LARGE_REQUEST_BYTES), **fields
        )

    def _output_request(self, *sizes: int, request_size: int = 0, **fields):
        parameters = [self._new("ResponseParameters", size=size) for size in sizes]
        return self._new(
            "StreamingOutputCallRequest", response_parameters=parameters, payload=self._payload(request_size), **fields
        )

    def _large_call(self, stub=None) -> None:
        response = (stub or self._stub).UnaryCall(self._large_request(), timeout=CALL_SECONDS)
        assert response.payload.body == bytes(LARGE_RESPONSE_BYTES), f"{len(response.payload.body)} bytes"

    # Cases

    def empty_unary(self) -> None:
        response = self._stub.EmptyCall(self._new("Empty"), timeout=CALL_SECONDS)
        assert response.ByteSize() == 0, response

    def cacheable_unary(self) -> None:
        """There is no proxy that answers the second call: what is left to see are the headers, and two answers."""
        request = self._new("SimpleRequest", payload=self._new("Payload", body=str(time.time_ns()).encode()))
        bodies = []
        for _ in range(2):
            response, call = self._stub.CacheableUnaryCall.with_call(
                request, timeout=CALL_SECONDS, metadata=(("x-user-ip", "1.2.3.4"),)
            )
            assert "max-age=60" in dict(call.initial_metadata())["cache-control"], call.initial_metadata()
            bodies.append(int(response.payload.body))
        assert bodies[0] < bodies[1], bodies

    def large_unary(self) -> None:
        self._large_call()

    def _flag(self, value: bool):
        return self._new("BoolValue", value=value)

    def client_compressed_unary(self) -> None:
        compressed = self._large_request(expect_compressed=self._flag(True))
        uncompressed = self._large_request(expect_compressed=self._flag(False))
        error = failure(lambda: self._stub.UnaryCall(compressed, timeout=CALL_SECONDS))
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        for request, compression in ((compressed, grpc.Compression.Gzip), (uncompressed, None)):
            response = self._stub.UnaryCall(request, timeout=CALL_SECONDS, compression=compression)
            assert response.payload.body == bytes(LARGE_RESPONSE_BYTES)

    def server_compressed_unary(self) -> None:
        """grpcio hides whether a message was compressed; grpc-go and grpc-java look."""
        for compressed in (True, False):
            request = self._large_request(response_compressed=self._flag(compressed))
            response = self._stub.UnaryCall(request, timeout=CALL_SECONDS)
            assert response.payload.body == bytes(LARGE_RESPONSE_BYTES)

    def client_compressed_streaming(self) -> None:
        """grpcio has no switch for a single message, but sends as it is what compression would not make smaller."""
        first, second = REQUEST_SIZES[0], REQUEST_SIZES[3]
        compressed = self._new(
            "StreamingInputCallRequest", expect_compressed=self._flag(True), payload=self._payload(first)
        )
        incompressible = self._new("Payload", body=os.urandom(second))
        uncompressed = self._new(
            "StreamingInputCallRequest", expect_compressed=self._flag(False), payload=incompressible
        )
        error = failure(lambda: self._stub.StreamingInputCall(iter([compressed]), timeout=CALL_SECONDS))
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        response = self._stub.StreamingInputCall(
            iter([compressed, uncompressed]), timeout=CALL_SECONDS, compression=grpc.Compression.Gzip
        )
        assert response.aggregated_payload_size == first + second, response

    def server_compressed_streaming(self) -> None:
        sizes = (31415, 92653)
        parameters = [
            self._new("ResponseParameters", size=size, compressed=self._flag(size == sizes[0])) for size in sizes
        ]
        request = self._new("StreamingOutputCallRequest", response_parameters=parameters)
        responses = self._stub.StreamingOutputCall(request, timeout=CALL_SECONDS)
        assert [response.payload.body for response in responses] == [bytes(size) for size in sizes]

    def client_streaming(self) -> None:
        requests = [self._new("StreamingInputCallRequest", payload=self._payload(size)) for size in REQUEST_SIZES]
        response = self._stub.StreamingInputCall(iter(requests), timeout=CALL_SECONDS)
        assert response.aggregated_payload_size == sum(REQUEST_SIZES), response

    def server_streaming(self) -> None:
        responses = self._stub.StreamingOutputCall(self._output_request(*RESPONSE_SIZES), timeout=CALL_SECONDS)
        assert [response.payload.body for response in responses] == [bytes(size) for size in RESPONSE_SIZES]

    def ping_pong(self) -> None:
        requests = Mailbox()
        responses = self._stub.FullDuplexCall(iter(requests), timeout=CALL_SECONDS)
        for asked, wanted in zip(REQUEST_SIZES, RESPONSE_SIZES):
            requests.send(self._output_request(wanted, request_size=asked))
            assert next(responses).payload.body == bytes(wanted)
        requests.half_close()
        assert list(responses) == []

    def empty_stream(self) -> None:
        assert list(self._stub.FullDuplexCall(iter(()), timeout=CALL_SECONDS)) == []

    def custom_metadata(self) -> None:
        text, data = "test_initial_metadata_value", b"\xab\xab\xab"
        metadata = (("x-grpc-test-echo-initial", text), ("x-grpc-test-echo-trailing-bin", data))
        _, unary = self._stub.UnaryCall.with_call(self._large_request(), timeout=CALL_SECONDS, metadata=metadata)
        request = self._output_request(LARGE_RESPONSE_BYTES, request_size=LARGE_REQUEST_BYTES)
        duplex = self._stub.FullDuplexCall(iter([request]), timeout=CALL_SECONDS, metadata=metadata)
        assert [len(response.payload.body) for response in duplex] == [LARGE_RESPONSE_BYTES]
        for call in (unary, duplex):
            assert dict(call.initial_metadata())["x-grpc-test-echo-initial"] == text, call.initial_metadata()
            assert dict(call.trailing_metadata())["x-grpc-test-echo-trailing-bin"] == data, call.trailing_metadata()

    def _ends_with_status(self, message: str, *, unary_only: bool = False) -> None:
        wanted = self._new("EchoStatus", code=2, message=message)
        request = self._new("SimpleRequest", response_status=wanted)
        ended = [failure(lambda: self._stub.UnaryCall(request, timeout=CALL_SECONDS))]
        if not unary_only:
            asking = self._output_request(response_status=wanted)
            ended.append(failure(lambda: list(self._stub.FullDuplexCall(iter([asking]), timeout=CALL_SECONDS))))
        for error in ended:
            assert (error.code(), error.details()) == (grpc.StatusCode.UNKNOWN, message), error

    def status_code_and_message(self) -> None:
        self._ends_with_status(STATUS_MESSAGE)

    def special_status_message(self) -> None:
        self._ends_with_status(SPECIAL_STATUS_MESSAGE, unary_only=True)

    def unimplemented_method(self) -> None:
        error = failure(lambda: self._stub.UnimplementedCall(self._new("Empty"), timeout=CALL_SECONDS))
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error

    def unimplemented_service(self) -> None:
        stub = self._interface.stub("UnimplementedService", self._channel)
        error = failure(lambda: stub.UnimplementedCall(self._new("Empty"), timeout=CALL_SECONDS))
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error

    def cancel_after_begin(self) -> None:
        call = self._stub.StreamingInputCall.future(iter(Mailbox()), timeout=CALL_SECONDS)
        call.cancel()
        assert call.cancelled() and call.code() == grpc.StatusCode.CANCELLED, call

    def cancel_after_first_response(self) -> None:
        requests = Mailbox()
        call = self._stub.FullDuplexCall(iter(requests), timeout=CALL_SECONDS)
        requests.send(self._output_request(RESPONSE_SIZES[0], request_size=REQUEST_SIZES[0]))
        assert next(call).payload.body == bytes(RESPONSE_SIZES[0])
        call.cancel()
        error = failure(lambda: next(call))
        assert error.code() == grpc.StatusCode.CANCELLED, error
        requests.half_close()

    def timeout_on_sleeping_server(self) -> None:
        requests = Mailbox()
        call = self._stub.FullDuplexCall(iter(requests), timeout=0.001)
        requests.send(self._output_request(request_size=REQUEST_SIZES[0]))
        error = failure(lambda: next(call))
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
        requests.half_close()

    def concurrent_large_unary(self) -> None:
        request = self._large_request()
        calls = [self._stub.UnaryCall.future(request, timeout=CALL_SECONDS) for _ in range(CONCURRENT_CALLS)]
        for call in calls:
            assert len(call.result().payload.body) == LARGE_RESPONSE_BYTES

    def rpc_soak(self) -> None:
        for _ in range(SOAK_CALLS):
            self._large_call()

    def channel_soak(self) -> None:
        for _ in range(SOAK_CHANNELS):
            with self._new_channel() as channel:
                self._large_call(self._interface.stub("TestService", channel))

    def half_duplex(self) -> None:
        requests = Mailbox()
        responses = self._stub.HalfDuplexCall(iter(requests), timeout=CALL_SECONDS)
        for asked, wanted in zip(REQUEST_SIZES, RESPONSE_SIZES):
            requests.send(self._output_request(wanted, request_size=asked))
        requests.half_close()
        assert [len(response.payload.body) for response in responses] == list(RESPONSE_SIZES)

    def response_intervals(self) -> None:
        parameters = [
            self._new("ResponseParameters", size=size, interval_us=INTERVAL_MICROSECONDS) for size in RESPONSE_SIZES
        ]
        request = self._new("StreamingOutputCallRequest", response_parameters=parameters)
        start = time.monotonic()
        assert len(list(self._stub.StreamingOutputCall(request, timeout=CALL_SECONDS))) == len(RESPONSE_SIZES)
        assert time.monotonic() - start >= len(RESPONSE_SIZES) * INTERVAL_MICROSECONDS / 1e6

    # Reports of load: what the suite's own clients let a load balancer read.

    def _is_load(self, report, load: dict) -> bool:
        return (report.cpu_utilization, report.mem_utilization, dict(report.utilization)) == (
            load["cpu_utilization"], load["memory_utilization"], load["utilization"])

    def orca_oob(self) -> None:
        asked = self._new("xds.service.orca.v3.OrcaLoadReportRequest")
        asked.report_interval.nanos = LOAD_INTERVAL_NANOSECONDS
        stub = self._interface.stub("xds.service.orca.v3.OpenRcaService", self._channel)
        reports = stub.StreamCoreMetrics(asked, timeout=CALL_SECONDS)
        requests = Mailbox()
        responses = self._stub.FullDuplexCall(iter(requests), timeout=CALL_SECONDS)
        for load in (LOAD, OTHER_LOAD):
            requests.send(self._output_request(1, orca_oob_report=self._new("TestOrcaReport", **load)))
            next(responses)
            while not self._is_load(next(reports), load):
                pass
        requests.half_close()
        assert not list(responses)
        reports.cancel()


def failure(call) -> grpc.RpcError:
    """How a call failed that must fail."""
    try:
        response = call()
    except grpc.RpcError as error:
        return error
    raise AssertionError(f"the call succeeded: {response!s:.200}")


def main(descriptor_set: str, address: str, ca_file: str, *cases: str) -> int:
    client = InteropClient(OfficialInterface(pathlib.Path(descriptor_set)), address, ca_file)
    failures = 0
    for case in cases:
        try:
            getattr(client, case)()
            print(f"{case} ok", flush=True)
        except Exception as error:  # every failure is a line, whatever it is
            failures += 1
            reason = " ".join(f"{type(error).__name__} {error}".split())
            print(f"{case} failed: {reason:.500}", flush=True)
    return failures


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
