"""Libraries in C that a program is started with (LD_PRELOAD), compiled when they are needed."""

import pathlib
import shutil
import subprocess

import pytest

_COMPILER = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
needs_compiler = pytest.mark.skipif(
    _COMPILER is None, reason="NOT TRIED: needs a C compiler; apt-get install gcc libc6-dev")


def library(name: str, folder: pathlib.Path) -> pathlib.Path:
    """The file NAME.c of this folder, compiled into `folder`."""
    source, compiled = pathlib.Path(__file__).with_name(f"{name}.c"), folder / f"{name}.so"
    subprocess.run([_COMPILER, "-shared", "-fPIC", "-O1", "-o", compiled, source, "-ldl"], check=True)
    return compiled
