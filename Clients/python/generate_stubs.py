"""Generates the Python modules of FastShop's API from Proto/ into OUT/fastshop/: `python generate_stubs.py OUT`."""

import pathlib
import sys

import grpc_tools
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "Proto"


def generate(out: pathlib.Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    sources = sorted(str(file.relative_to(PROTO)) for file in (PROTO / "fastshop").rglob("*.proto"))
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    folders = [f"-I{PROTO}", f"-I{well_known}"]
    outputs = [f"--python_out={out}", f"--pyi_out={out}", f"--grpc_python_out={out}"]
    status = protoc.main(["protoc", *folders, *outputs, *sources])
    if status != 0:
        sys.exit("The .proto files did not compile: see the messages above.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    generate(pathlib.Path(sys.argv[1]))
