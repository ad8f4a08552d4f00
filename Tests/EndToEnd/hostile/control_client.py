"""Somebody who only wants to be served: one call after the other on a connection of his own, in a process of his own.

usage: control_client.py HOST:PORT. Reads lines: `begin` forgets what was, `end` prints a JSON line about the calls since.
"""

import json
import pathlib
import select
import socket
import struct
import subprocess
import sys
import time

CALLS_PER_SECOND = 400
ANSWER_SECONDS_MAX = 10


class ControlClient:
    """The process, as the tests see it."""

    def __init__(self, address: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self) -> None:
        self._say("begin")

    def end(self) -> tuple[int, float]:
        """Calls since `begin`, and the seconds that 99 of 100 of them took at most."""
        self._say("end")
        line = self._process.stdout.readline()
        assert line, "the control client was not served"
        report = json.loads(line)
        return report["calls"], report["p99_seconds"]

    def _say(self, word: str) -> None:
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(ANSWER_SECONDS_MAX)


def main() -> None:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    from hostile import calls, frames

    host, port = sys.argv[1].rsplit(":", 1)
    link = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Windows that no run uses up, so that nothing but calls need be said.
    link.sendall(frames.PREFACE + frames.settings() + frames.window_update(0, 2**30))
    head, body = frames.block(frames.fields(path=calls.CHECK)), frames.message(b"")
    received, stream, times = bytearray(), 1, []

    def answered() -> bool:
        """Takes whole frames off what was received: whether one of them ends the stream, well."""
        ended = False
        while len(received) >= 9 and len(received) >= 9 + (length := int.from_bytes(received[:3], "big")):
            kind, flags, of = struct.unpack_from(">BBI", received, 3)
            if kind == frames.PING and not flags & frames.ACK:
                link.sendall(frames.frame(frames.PING, 0, bytes(received[9:17]), frames.ACK))
            if kind in (frames.RST_STREAM, frames.GOAWAY):
                raise SystemExit(f"not served: frame {kind}")
            ended = ended or (of == stream and kind == frames.HEADERS and bool(flags & frames.END_STREAM))
            del received[:9 + length]
        return ended

    while True:
        if select.select([sys.stdin], [], [], 1 / CALLS_PER_SECOND)[0]:
            match sys.stdin.readline():
                case "begin\n":
                    times = []
                case "end\n":
                    times.sort()
                    p99 = times[int(len(times) * 0.99)] if times else float("inf")
                    print(json.dumps({"calls": len(times), "p99_seconds": p99}), flush=True)
                case _:
                    return
        start = time.perf_counter()
        link.sendall(frames.headers(stream, head) + frames.data(stream, body, True))
        while not answered():
            got = link.recv(65536)
            if not got:
                raise SystemExit("not served: the connection was closed")
            received += got
        times.append(time.perf_counter() - start)
        stream += 2


if __name__ == "__main__":
    main()
