#!/usr/bin/env python3
"""Runs the Swift tests that `swift build --build-tests` has built: each module in its own process, several at once, and
the tests of a module one after another. So few tests run beside one that measures or waits, and the duration of a test
is its own. (`swift test` would run all of them at once in one process.)

Prints a line for each module, and the output of those that fail. The exit code is 0 if all passed.

usage: swift_modules.py RESULTS [MODULE]...
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / ".build/debug/FastShopPackageTests.xctest"
# The tests wait about as much as they work.
AT_ONCE = 2 * (os.cpu_count() or 1)
# The slowest modules start first.
LONGEST = [
    "ShopTests", "ShopTests.AccessTests", "ShopTests.CatalogTests", "ShopTests.AuditTests", "ShopTests.BadInputTests",
    "ShopTests.StockTests", "RPCTests", "PostgresTests", "TidyTests", "FuzzTests", "RateLimiterTests",
]
# Suites that take as long as a module run in a process of their own, by their module and a pattern of their names.
APART = {
    "ShopTests": {
        "AccessTests": r"AccessTests",
        "AuditTests": r"Audit\w*Tests",
        "BadInputTests": r"BadInputTests",
        "CatalogTests": r"(Catalog|Category|Media|Product|Variant|Slug|Sellers)\w*Tests",
        "StockTests": r"(Stock|Warehouse|Reservation|BackInStock|LowStock|PartialRelease|SaleNews|Inventory)\w*Tests",
    },
}
# The timeout of a module.
SECONDS_MAX = 900


def modules() -> list[str]:
    found = [folder.name for folder in (ROOT / "Tests").iterdir() if folder.name.endswith("Tests")]
    found += [f"{module}.{suite}" for module, suites in APART.items() for suite in suites]
    return sorted(found, key=lambda name: (LONGEST.index(name) if name in LONGEST else len(LONGEST), name))


def chosen(module: str) -> list[str]:
    """The options that choose the tests of a module, or of a suite that is apart from it."""
    name, _, suite = module.partition(".")
    if suite:
        return ["--filter", rf"^{name}\.(.*/)?{APART[name][suite]}/"]
    skipped = [option for apart in APART.get(name, {}).values() for option in ("--skip", rf"^{name}\.(.*/)?{apart}/")]
    return ["--filter", rf"^{name}\.", *skipped]


def run(module: str, results: pathlib.Path) -> bool:
    command = [
        PROGRAM, "--testing-library", "swift-testing", "--quiet", "--no-parallel", *chosen(module),
        "--xunit-output", results / f"swift-{module}.xml",
    ]
    began = time.monotonic()
    log = results / f"swift-{module}.log"
    with open(log, "w") as output:
        try:
            code = subprocess.run(
                command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False).returncode
        except subprocess.TimeoutExpired:
            code = "it took too long"
    seconds = time.monotonic() - began
    if code == 0:
        print(f"{module} passed in {seconds:.0f} s", flush=True)
    else:
        print(f"{log.read_text(errors='replace')}\n{module} FAILED in {seconds:.0f} s: {code}", flush=True)
    return code == 0


def main(results: pathlib.Path, wanted: list[str]) -> bool:
    results.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return all(list(pool.map(lambda module: run(module, results), wanted or modules())))


if __name__ == "__main__":
    sys.exit(0 if main(pathlib.Path(sys.argv[1]), sys.argv[2:]) else 1)
