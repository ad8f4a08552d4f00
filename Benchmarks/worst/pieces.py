"""The longest turn of a server's loops, from the memory in which they note it (Sources/EventLoop/TurnMemory.swift)."""

import os
import pathlib
import struct
import time

LINE_BYTES = 64
THREAD_WORD, LONGEST_WORD = 1, 2
NAME = "memfd:fastshop-turns"


class Turns:
    """Needs the rights of the worker's user."""

    def __init__(self, pid: int) -> None:
        folder = pathlib.Path(f"/proc/{pid}/fd")
        links = {link: os.readlink(link) for link in folder.iterdir()}
        self._file = os.open(next(link for link, target in links.items() if NAME in target), os.O_RDWR)
        self._loops = struct.unpack("=Q", os.pread(self._file, 8, 8))[0]
        threads = [self._word(loop, THREAD_WORD) for loop in range(self._loops)]
        self._statistics = [pathlib.Path(f"/proc/{pid}/task/{thread}/schedstat") for thread in threads]

    def _word(self, loop: int, word: int) -> int:
        return struct.unpack("=Q", os.pread(self._file, 8, self._place(loop, word)))[0]

    def _place(self, loop: int, word: int) -> int:
        return (loop + 1) * LINE_BYTES + word * 8

    def reset(self) -> None:
        for loop in range(self._loops):
            os.pwrite(self._file, bytes(8), self._place(loop, LONGEST_WORD))

    def longest_ms(self) -> float:
        return max(self._word(loop, LONGEST_WORD) for loop in range(self._loops)) / 1e6

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
