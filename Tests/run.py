#!/usr/bin/env python3
"""Runs `make test`: all its parts, each a task of the Makefile, and says what took how long.

What a part prints is shown when it has ended, so that parts which run side by side stay readable; all of it is kept in
.build/tests. The exit code says whether every part passed: the later parts run even if an earlier one fails, unless
nothing could be built.

usage: run.py [PART]...
"""

import dataclasses
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Where parts leave what they print (NAME.log), and how long each of their tests took (NAME*.xml, as xUnit).
RESULTS = ROOT / ".build/tests"
SLOWEST = 20
# The stages, one after another; the parts of one run side by side.
STAGES = [["lint", "build"], ["unit-tests"], ["end-to-end"], ["end-to-end-alone"], ["interop"]]
# Without these, there is nothing that could be tested.
NEEDED = {"build"}
# What is up to date when the parts run: make need not look again.
MADE = ["build", "packages", "test-packages", "test-python"]


@dataclasses.dataclass
class Part:
    name: str
    seconds: float = 0
    passed: bool = False

    def start(self) -> None:
        made = [f"--old-file={name}" for name in MADE if name != self.name]
        self._log = open(RESULTS / f"{self.name}.log", "w+", errors="replace")
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            ["make", *made, self.name], cwd=ROOT, stdout=self._log, stderr=subprocess.STDOUT)

    def has_ended(self) -> bool:
        """Whether it has; then what it printed is shown."""
        if self._process.poll() is None:
            return False
        self.seconds = time.monotonic() - self._began
        self.passed = self._process.returncode == 0
        self._log.seek(0)
        print(self._log.read(), end="")
        self._log.close()
        print(f"==> {self}", flush=True)
        return True

    def __str__(self) -> str:
        return f"{self.name} {'passed' if self.passed else 'FAILED'} in {self.seconds:.0f} s"


def run(names: list[str]) -> list[Part]:
    """Runs parts side by side."""
    print(f"==> Running {' and '.join(names)}", flush=True)
    parts = [Part(name) for name in names]
    for part in parts:
        part.start()
    running = list(parts)
    while running:
        running = [part for part in running if not part.has_ended()]
        time.sleep(0.1)
    return parts


def slowest_tests() -> list[tuple[float, str]]:
    """Of all parts together, with the seconds they took."""
    found = []
    for file in RESULTS.glob("*.xml"):
        for case in ElementTree.parse(file).iter("testcase"):
            found.append((float(case.get("time", 0)), f"{case.get('classname')} {case.get('name')}"))
    return sorted(found, reverse=True)[:SLOWEST]


def main(wanted: list[str]) -> bool:
    RESULTS.mkdir(parents=True, exist_ok=True)
    for file in RESULTS.iterdir():
        file.unlink()
    began = time.monotonic()
    parts: list[Part] = []
    for stage in STAGES:
        names = [name for name in stage if name in wanted or not wanted]
        parts += run(names) if names else []
        if any(part.name in NEEDED and not part.passed for part in parts):
            break
    print(f"\n==> The {SLOWEST} slowest tests")
    for seconds, name in slowest_tests():
        print(f"{seconds:8.1f} s  {name}")
    print(f"\n==> The parts, {time.monotonic() - began:.0f} s in all")
    for part in parts:
        print(f"    {part}")
    return all(part.passed for part in parts)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
