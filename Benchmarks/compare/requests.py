"""Writes what the load tools send, and what nghttpd gives instead of a reply."""

import os
import struct

ECHO_PAYLOAD = bytes(range(100))
LISTED = 20
LIST_REPLY_BYTES = 26_665  # of 20 products, with the frame's head


def _framed(message):
    return struct.pack(">BI", 0, len(message)) + message


def _field(number, value):
    return bytes([number << 3 | 2, len(value)]) + value  # shorter than 128 bytes


def write(build):
    requests = {
        "echo": _framed(_field(1, b"e-1") + _field(2, ECHO_PAYLOAD)),
        "list": _framed(bytes([1 << 3, LISTED])),
        "get": _framed(_field(1, b"prod-00012345")),
    }
    static = {"echo": requests["echo"], "list": b"x" * LIST_REPLY_BYTES}
    for folder, files in ("requests", requests), ("static", static):
        os.makedirs(os.path.join(build, folder), exist_ok=True)
        for name, content in files.items():
            with open(os.path.join(build, folder, name), "wb") as file:
                file.write(content)
