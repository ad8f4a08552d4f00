"""A client that sends exactly the given bytes: gRPC's wire rules without a gRPC library."""

import dataclasses
import socket
import struct
import urllib.parse

import h2.config
import h2.connection
import h2.events

ANSWER_SECONDS_MAX = 10


def frame(message: bytes, compressed: int = 0, declared: int | None = None) -> bytes:
    """gRPC's five bytes before a message; `declared` lies about its length."""
    return struct.pack(">BI", compressed, len(message) if declared is None else declared) + message


@dataclasses.dataclass
class Answer:
    header_blocks: list[dict[str, str]] = dataclasses.field(default_factory=list)
    # The last block's fields, of which one name may have several.
    all_trailers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    body: bytes = b""
    reset: int | None = None

    @property
    def http_status(self) -> str:
        return self.header_blocks[0][":status"]

    @property
    def trailers(self) -> dict[str, str]:
        return self.header_blocks[-1]

    @property
    def grpc_status(self) -> int:
        return int(self.trailers["grpc-status"])

    @property
    def grpc_message(self) -> str:
        return urllib.parse.unquote(self.trailers.get("grpc-message", ""))


class Wire:
    """One HTTP/2 connection in clear text, one call at a time."""

    def __init__(self, server) -> None:
        host, port = server.address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)
        # The client may send invalid fields on purpose.
        config = h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8",
            validate_outbound_headers=False, normalize_outbound_headers=False,
        )
        self.http2 = h2.connection.H2Connection(config)
        self.http2.initiate_connection()
        self.flush()
        self.goaway: h2.events.ConnectionTerminated | None = None

    def flush(self) -> None:
        self._socket.sendall(self.http2.data_to_send())

    def start(self, path: str, end_stream: bool = False, **changed: str | None) -> int:
        """Sends a call's headers; a header that is None is left out. Underscores become hyphens."""
        headers = {
            ":method": "POST",
            ":scheme": "http",
            ":path": path,
            ":authority": "shop",
            "te": "trailers",
            "content-type": "application/grpc",
        }
        for name, value in changed.items():
            name = name.replace("_", "-")
            headers[f":{name}" if f":{name}" in headers else name] = value
        stream = self.http2.get_next_available_stream_id()
        self.http2.send_headers(
            stream, [(name, value) for name, value in headers.items() if value is not None], end_stream=end_stream
        )
        self.flush()
        return stream

    def send(self, stream: int, data: bytes, end_stream: bool = True) -> None:
        self.http2.send_data(stream, data, end_stream=end_stream)
        self.flush()

    def send_all(self, stream: int, data: bytes) -> None:
        """Sends more than fits a frame or a window, as the server makes room for it."""
        while data:
            room = min(self.http2.local_flow_control_window(stream), self.http2.max_outbound_frame_size)
            if room:
                self.send(stream, data[:room], end_stream=len(data) <= room)
                data = data[room:]
            else:
                self.http2.receive_data(self._socket.recv(65_536))
                self.flush()

    def read(self, stream: int) -> Answer:
        answer = Answer()
        while True:
            data = self._socket.recv(65_536)
            assert data, "the server closed the connection"
            ended = [self._note(answer, stream, event) for event in self.http2.receive_data(data)]
            self.flush()
            if any(ended):
                return answer

    def _note(self, answer: Answer, stream: int, event) -> bool:
        """Whether that was the stream's end."""
        if isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event
        if getattr(event, "stream_id", None) != stream:
            return False
        match event:
            case h2.events.ResponseReceived() | h2.events.TrailersReceived():
                answer.header_blocks.append(dict(event.headers))
                answer.all_trailers = list(event.headers)
            case h2.events.DataReceived():
                answer.body += event.data
                self.http2.acknowledge_received_data(event.flow_controlled_length, stream)
            case h2.events.StreamReset():
                answer.reset = int(event.error_code)
                return True
            case h2.events.StreamEnded():
                return True
        return False

    def call(self, path: str, body: bytes, **changed: str | None) -> Answer:
        stream = self.start(path, **changed)
        self.send(stream, body)
        return self.read(stream)

    def close(self) -> None:
        self._socket.close()
