#!/usr/bin/env python3
"""Makes golden.json: messages as Google's own Python library encodes them, as bytes, proto3 JSON and text format.

usage: python make_golden.py            (needs protoc, and the packages of Tests/EndToEnd/requirements.txt)
"""

import base64
import json
import pathlib
import subprocess
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory, text_format

import cases

HERE = pathlib.Path(__file__).parent
PROTOS = HERE.parent.parent / "TestAPI" / "proto"


def load_pool():
    """The test schema and the well-known types, as protoc describes them."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(
            ["protoc", f"-I{PROTOS}", "--include_imports", f"--descriptor_set_out={out.name}", "features.proto"],
            check=True,
        )
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


def message_class(pool, name):
    full_name = name if "." in name else f"fastshop.test.v1.{name}"
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(full_name))


def encode(message):
    return base64.b64encode(message.SerializeToString(deterministic=True)).decode()


def order_maps(value, message):
    """Puts the maps of a message's dictionary into the order that a deterministic encoding has."""
    descriptor = message.DESCRIPTOR
    if not isinstance(value, dict) or descriptor.full_name == "google.protobuf.Any":
        return value
    ordered = {}
    for name, inner in value.items():
        field = descriptor.fields_by_camelcase_name[name]
        if field.message_type and field.message_type.GetOptions().map_entry:
            content = getattr(message, field.name)
            is_message = field.message_type.fields_by_name["value"].message_type is not None
            texts = {key: str(key).lower() if isinstance(key, bool) else str(key) for key in content}
            inner = {
                texts[key]: order_maps(inner[texts[key]], content[key]) if is_message else inner[texts[key]]
                for key in sorted(content)
            }
        elif field.message_type and field.is_repeated:
            inner = [order_maps(i, m) for i, m in zip(inner, getattr(message, field.name))]
        elif field.message_type:
            inner = order_maps(inner, getattr(message, field.name))
        ordered[name] = inner
    return ordered


def canonical(pool, name, type_name, source):
    """One message in all forms."""
    message = text_format.Parse(source, message_class(pool, type_name)(), descriptor_pool=pool)
    dictionary = order_maps(json_format.MessageToDict(message, descriptor_pool=pool), message)
    return {
        "name": name,
        "type": type_name,
        "bytes": encode(message),
        "json": json.dumps(dictionary, ensure_ascii=False, separators=(",", ":")),
        "prettyJSON": json.dumps(dictionary, ensure_ascii=False, indent=2),
        "text": text_format.MessageToString(message, as_utf8=True, descriptor_pool=pool),
        "line": text_format.MessageToString(message, as_utf8=True, as_one_line=True),
    }


def with_defaults(pool, type_name):
    """What is written of an empty message when defaults are asked for."""
    message = message_class(pool, type_name)()
    dictionary = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    return {"type": type_name, "json": json.dumps(dictionary, separators=(",", ":"))}


def accepted_json(pool, type_name, source):
    message = json_format.Parse(source, message_class(pool, type_name)(), descriptor_pool=pool)
    return {"type": type_name, "source": source, "bytes": encode(message)}


def accepted_text(pool, type_name, source):
    message = text_format.Parse(source, message_class(pool, type_name)(), descriptor_pool=pool)
    return {"type": type_name, "source": source, "bytes": encode(message)}


def refused(pool, parse, error, type_name, source):
    try:
        parse(source, message_class(pool, type_name)(), descriptor_pool=pool)
    except error:
        return {"type": type_name, "source": source}
    raise SystemExit(f"the reference accepts {source} as {type_name}")


def main():
    pool = load_pool()
    golden = {
        "canonical": [canonical(pool, *case) for case in cases.CANONICAL],
        "defaults": [with_defaults(pool, name) for name in cases.WITH_DEFAULTS],
        "acceptedJSON": [accepted_json(pool, *case) for case in cases.ACCEPTED_JSON],
        "acceptedText": [accepted_text(pool, *case) for case in cases.ACCEPTED_TEXT],
        "refusedJSON": [refused(pool, json_format.Parse, json_format.ParseError, *c) for c in cases.REFUSED_JSON],
        "refusedText": [refused(pool, text_format.Parse, text_format.ParseError, *c) for c in cases.REFUSED_TEXT],
    }
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
