#!/usr/bin/env python3
"""Writes seeds for the fuzzers, those of messages from the golden ones: make_corpus.py DIRECTORY."""

import base64
import json
import pathlib
import sys

import answer_seeds
import method_seeds
import rpc_seeds
import web_seeds

TYPES = ["Everything", "Scalars", "Optionals", "Lists", "Maps", "Choice", "WellKnown", "OlderScalars"]
GOLDEN = pathlib.Path(__file__).parent.parent / "Tests" / "ProtobufTests" / "Golden" / "golden.json"


def main(target):
    golden = json.loads(GOLDEN.read_text())
    seeds = {"decode": [], "json": [], "text": []}
    for case in golden["canonical"]:
        seeds["decode"].append((case["type"], base64.b64decode(case["bytes"])))
        seeds["json"].append((case["type"], case["json"].encode()))
        seeds["text"].append((case["type"], case["text"].encode()))
    for kind, groups in {"json": ["acceptedJSON", "refusedJSON"], "text": ["acceptedText", "refusedText"]}.items():
        for group in groups:
            seeds[kind] += [(case["type"], case["source"].encode()) for case in golden[group]]
    for kind, inputs in seeds.items():
        write(target / kind, [bytes([TYPES.index(name)]) + data for name, data in inputs if name in TYPES])
    for kind, make in (rpc_seeds.SEEDS | web_seeds.SEEDS | answer_seeds.SEEDS | method_seeds.SEEDS).items():
        write(target / kind, make())


def write(directory, inputs):
    directory.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (directory / f"seed-{number:03}").write_bytes(data)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
