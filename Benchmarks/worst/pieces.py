"""The longest turn of a server's loops, from the memory in which they note it (Sources/EventLoop/TurnMemory.swift)."""

import os
import pathlib
import struct
import time

LINE_BYTES = 64
LONGEST_WORD = 2
NAME = "memfd:fastshop-turns"


class Turns:
    """Needs the rights of the worker's user."""

    def __init__(self, pid: int) -> None:
        folder = pathlib.Path(f"/proc/{pid}/fd")
        links = {link: os.readlink(link) for link in folder.iterdir()}
        self._file = os.open(next(link for link, target in links.items() if NAME in target), os.O_RDWR)
        self._loops = struct.unpack("=Q", os.pread(self._file, 8, 8))[0]
        threads = [struct.unpack("=Q", os.pread(self._file, 8, self._start(loop) + 8))[0] for loop in range(self._loops)]
        self._statistics = [pathlib.Path(f"/proc/{pid}/task/{thread}/schedstat") for thread in threads]

    def _start(self, loop: int) -> int:
        return (loop + 1) * LINE_BYTES

    def reset(self) -> None:
        for loop in range(self._loops):
            os.pwrite(self._file, bytes(8), self._start(loop) + LONGEST_WORD * 8)

    def longest_ms(self) -> float:
        places = [self._start(loop) + LONGEST_WORD * 8 for loop in range(self._loops)]
        return max(struct.unpack("=Q", os.pread(self._file, 8, place))[0] for place in places) / 1e6

    def cpu_ms(self) -> float:
        """What all loops have computed so far."""
        return sum(int(file.read_text().split()[0]) for file in self._statistics) / 1e6

    def wait_until_idle(self) -> None:
        """Until the loops compute hardly anything."""
        before = self.cpu_ms()
        for _ in range(500):
            time.sleep(0.02)
            now = self.cpu_ms()
            if now - before < 0.5:
                return
            before = now
