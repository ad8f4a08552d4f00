"""Runs the commands of the documentation as a user would paste them into a terminal."""

import pathlib
import re

from shop_server import ROOT

# Commands that need a human, and commands that start or install what the tests already have.
_NOT_RUN = re.compile(r"…|^make |^pip |^python |fastshop serve|^fastshop ")


def commands(document: str) -> list[str]:
    """The commands of a document's blocks that have no language, in order, without those that cannot be run."""
    text = (ROOT / document).read_text()
    found = []
    # With all blocks, because the end of one that has a language looks like the begin of one that has none.
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in [] if language else block.replace("\\\n", " ").splitlines():
            command = re.sub(r"\s+# .*$", "", line).strip()
            if command and not command.startswith(("#", "{")) and not _NOT_RUN.search(command):
                found.append(command)
    return found


def as_installed(command: str, address: str, binary: pathlib.Path, data: pathlib.Path) -> str:
    """The same where the demo listens elsewhere, keeps its data elsewhere, and was built otherwise."""
    return (
        command.replace("127.0.0.1:8080", address)
        .replace(".build/release/fastshop", str(binary))
        .replace("data/mail", f"{data}/mail")
        .replace("data/development", f"{data}/development")
        .replace("Scripts/demo-token.sh)", f"Scripts/demo-token.sh {binary} {address} {data}/demo-password)")
    )
