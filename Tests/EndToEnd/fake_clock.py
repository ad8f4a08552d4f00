"""A clock that a test sets while a program runs: its time of day alone, never its durations."""

import pathlib
import shutil
import struct
import tempfile

import preloaded


class FakeClock:
    """The clock of processes that are started in its environment; it is correct until it is set."""

    def __init__(self) -> None:
        # Other users read it, too: Postgres does not run as root.
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="fastshop-clock-", dir="/tmp"))
        self._folder.chmod(0o755)
        library = preloaded.library("fake_clock", self._folder)
        self._file = self._folder / "nanoseconds"
        self.set(0)
        self._file.chmod(0o644)
        self.environment = {"LD_PRELOAD": str(library), "TEST_CLOCK_FILE": str(self._file)}

    def set(self, seconds: int) -> None:
        """So far from the truth from now on. In place: programs have mapped the file."""
        with open(self._file, "r+b" if self._file.exists() else "w+b") as file:
            file.write(struct.pack("=q", seconds * 1_000_000_000))

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
