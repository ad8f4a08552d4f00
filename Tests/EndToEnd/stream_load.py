"""Very many streams from one thread: more than a client library could hold in one process."""

import dataclasses

from hostile import frames
from hostile.adversary import Adversary

CONNECTION_WINDOW_BYTES = 2**30
OPEN_SECONDS_MAX = 120


@dataclasses.dataclass(frozen=True)
class LoadStream:
    """One stream of the load."""

    connection: Adversary
    stream: int

    @property
    def body(self) -> bytes:
        return self.connection.seen(self.stream).body

    def messages(self) -> list[bytes]:
        """The messages that have come whole."""
        found, body = [], self.body
        while len(body) >= 5 and len(body) >= 5 + (length := int.from_bytes(body[1:5], "big")):
            found.append(body[5:5 + length])
            body = body[5 + length:]
        return found

    def take(self, count: int) -> None:
        """Lets the server send `count` bytes more on this stream."""
        self.connection.send(frames.window_update(self.stream, count))


class StreamLoad:
    """Streams of one method, `streams_each` on each of some connections.

    `window` is what the server may send on a stream before its reader is heard of again: a reader of little who never
    takes more is a slow one. Connections as such never hold the server up.
    """

    def __init__(self, address: str, connections: int, streams_each: int, window: int = 65_535) -> None:
        self.members: list[LoadStream] = []
        self._connections = [Adversary(address, greet=False) for _ in range(connections)]
        self._streams_each = streams_each
        for connection in self._connections:
            connection.send(
                frames.PREFACE, frames.settings((frames.INITIAL_WINDOW_SIZE, window)),
                frames.window_update(0, CONNECTION_WINDOW_BYTES))

    def call(self, path: str, request: bytes, answers: int) -> None:
        """Opens all streams with the same request, and waits until each has `answers` messages."""
        head, body = frames.block(frames.fields(path=path)), frames.message(request)
        for connection in self._connections:
            opened = [connection.next_stream() for _ in range(self._streams_each)]
            connection.send(*(frames.headers(each, head) + frames.data(each, body, True) for each in opened))
            members = [LoadStream(connection, each) for each in opened]
            assert connection.wait(
                lambda: all(len(each.messages()) >= answers for each in members), OPEN_SECONDS_MAX), (
                f"{sum(len(each.messages()) < answers for each in members)} of {len(members)} streams lack answers")
            self.members += members

    def pump(self, seconds: float = 0.0) -> None:
        """Reads what has come, and a while longer."""
        for connection in self._connections:
            connection.wait(lambda: False, seconds / len(self._connections) + 0.01)

    @property
    def ended(self) -> int:
        """Streams that the server has ended."""
        seen = (each.connection.seen(each.stream) for each in self.members)
        return sum(stream.ended or stream.reset is not None for stream in seen) + sum(
            each.closed for each in self._connections)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
