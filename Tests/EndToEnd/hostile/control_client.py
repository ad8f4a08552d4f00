"""An ordinary client beside an attack: one call after the other, on its own connection in its own process.

usage: control_client.py HOST:PORT PID. Reads lines: `begin` discards the previous results, `end` prints a JSON line
about the calls since.

It separates the delay by the server from the delay by a busy machine: a call's delay is its time, as far as the process
PID used CPU meanwhile. It also reports the whole time, for a server that waits instead of computing.
"""

import dataclasses
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


@dataclasses.dataclass
class Report:
    """The number of calls, and the 99th percentile of their times and of the server's delays."""

    calls: int
    p99_seconds: float
    p99_delay_seconds: float


def cpu_seconds(pid: int) -> float:
    """CPU of all of a process's threads (its CPU-time clock, see clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)] if values else float("inf")


class ControlClient:
    """The process, as the tests see it."""

    def __init__(self, address: str, pid: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, address, str(pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self) -> None:
        self._say("begin")

    def end(self) -> Report:
        """About the calls since `begin`."""
        self._say("end")
        line = self._process.stdout.readline()
        assert line, "the control client was not served"
        return Report(**json.loads(line))

    def _say(self, word: str) -> None:
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(ANSWER_SECONDS_MAX)


def main() -> None:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    from hostile import calls, frames

    (host, port), pid = sys.argv[1].rsplit(":", 1), int(sys.argv[2])
    link = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Windows that no run uses up, so that nothing but calls need be said.
    link.sendall(frames.PREFACE + frames.settings() + frames.window_update(0, 2**30))
    head, body = frames.block(frames.fields(path=calls.CHECK)), frames.message(b"")
    received, stream, times, delays = bytearray(), 1, [], []

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
                    times, delays = [], []
                case "end\n":
                    report = Report(len(times), p99(times), p99(delays))
                    print(json.dumps(dataclasses.asdict(report)), flush=True)
                case _:
                    return
        start, cpu = time.perf_counter(), cpu_seconds(pid)
        link.sendall(frames.headers(stream, head) + frames.data(stream, body, True))
        while not answered():
            got = link.recv(65536)
            if not got:
                raise SystemExit("not served: the connection was closed")
            received += got
        times.append(time.perf_counter() - start)
        delays.append(min(times[-1], cpu_seconds(pid) - cpu))
        stream += 2


if __name__ == "__main__":
    main()
