"""A collector of spans: accepts OTLP over HTTP with OpenTelemetry's own messages, and refuses them on request."""

import http.server
import threading

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from waiting import wait_until



class Collector:
    def __init__(self, port: int = 0) -> None:
        self.spans: list = []
        self.resources: list = []
        self.requests: list[dict[str, str]] = []  # their header fields
        self.refusals: list[int] = []  # statuses for the next requests, one each
        self.retry_after = ""  # what goes with a refusal
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, method: str, count: int = 1) -> list:
        """The spans of a method, as soon as there are so many."""
        def found() -> list:
            return [span for span in self.spans if span.name.endswith(method)]

        return wait_until(
            lambda: len(spans := found()) >= count and spans,
            lambda: f"{len(found())} spans of {method}, {len(self.spans)} in all")

    def _handler(self):
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests.append(dict(self.headers.items()) | {":path": self.path})
                status = collector.refusals.pop(0) if collector.refusals else 200
                if status == 200:
                    collector.take(body)
                answer = trace_service_pb2.ExportTraceServiceResponse().SerializeToString()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                if status != 200 and collector.retry_after:
                    self.send_header("Retry-After", collector.retry_after)
                self.end_headers()
                self.wfile.write(answer)

        return Handler

    def take(self, body: bytes) -> None:
        request = trace_service_pb2.ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            self.resources.append(resource.resource)
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)


def attributes(holder) -> dict:
    """The attributes of a span or resource, by key."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in holder.attributes}
