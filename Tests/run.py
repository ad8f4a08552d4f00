#!/usr/bin/env python3
"""Runs `make test`: all its parts, each a task of the Makefile, and prints their durations.

The output of a part is shown when the part has ended, so that parallel parts stay readable; .build/tests keeps it. The
exit code is 0 if all parts passed. Later parts run even if an earlier one fails, unless the build fails.

usage: run.py [PART]...
"""

import dataclasses
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
# The output of the parts (NAME.log), and the durations of their tests (NAME*.xml, as xUnit).
RESULTS = ROOT / ".build/tests"
SLOWEST = 20
# The stages run one after another; the parts of a stage run in parallel.
STAGES = [["lint", "build"], ["unit-tests"], ["end-to-end"], ["end-to-end-alone"], ["interop"]]
# If one of these fails, the rest cannot run.
NEEDED = {"build"}
# Prerequisites that are up to date when the parts run, so that make skips them.
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
        """Whether the part has ended. Prints its output then."""
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
    """Runs parts in parallel."""
    print(f"==> Running {' and '.join(names)}", flush=True)
    parts = [Part(name) for name in names]
    for part in parts:
        part.start()
    running = list(parts)
    while running:
        running = [part for part in running if not part.has_ended()]
        time.sleep(0.1)
    return parts


def is_complete(file: pathlib.Path) -> bool:
    """Whether it is XML: a process that was killed leaves a part of a file."""
    try:
        ElementTree.parse(file)
        return True
    except ElementTree.ParseError:
        return False


def slowest_tests() -> list[tuple[float, str]]:
    """The slowest tests of all parts, with their seconds."""
    found = []
    for file in RESULTS.glob("*.xml"):
        if not is_complete(file):
            continue
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
