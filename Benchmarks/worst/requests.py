"""Requests of every method that cost as much as their bytes can, made from the descriptors of the API."""

import base64
import json

from google.protobuf.descriptor import Descriptor, FieldDescriptor

# Texts that are slow to check: escapes in JSON, letters to be normalised and folded, marks to be put in order, many
# labels of a domain, digits.
ALPHABETS = {
    "letters": "a", "escapes": "\u0001", "folded": "\u0390", "composed": "\u1e9b\u0323", "marks": "a\u0323\u0307\u0301",
    "astral": "\U0001d15e", "dots": "a.", "ats": "@", "digits": "9", "blanks": " ", "separators": "a,",
}
DEPTH_MAX = 3


def services(modules) -> dict[str, Descriptor]:
    """Requests by the paths of all methods of these modules that take one."""
    found = {}
    for module in modules:
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                if not method.client_streaming:
                    found[f"/{service.full_name}/{method.name}"] = method.input_type
    return dict(sorted(found.items()))


def paths(message: Descriptor, depth: int = 0) -> list[list[FieldDescriptor]]:
    """The ways to every field of a message."""
    found = []
    for field in message.fields:
        found.append([field])
        is_plain = field.type == FieldDescriptor.TYPE_MESSAGE and not field.message_type.full_name.startswith("google.")
        if is_plain and depth < DEPTH_MAX:
            found += [[field, *rest] for rest in paths(field.message_type, depth + 1)]
    return found


def _wrapped(way: list[FieldDescriptor], value):
    for field in reversed(way):
        value = {field.json_name: [value] if field.is_repeated and not isinstance(value, list) else value}
    return value


def bodies(message: Descriptor, size: int):
    """Names and JSON texts of about `size` bytes."""
    yield "nesting", '{"a":' + "[" * size
    yield "unknown fields", "{" + ",".join(f'"f{number}":0' for number in range(size // 12)) + "}"
    yield "blanks", " " * size + "{}"
    for way in paths(message):
        name = ".".join(field.json_name for field in way)
        last = way[-1]
        if last.type == FieldDescriptor.TYPE_STRING:
            for alphabet, letters in ALPHABETS.items():
                yield f"{name} {alphabet}", json.dumps(_wrapped(way, letters * (size // len(letters.encode()))))
        elif last.type == FieldDescriptor.TYPE_BYTES:
            yield name, json.dumps(_wrapped(way, base64.b64encode(bytes(size * 3 // 4)).decode()))
        elif last.type == FieldDescriptor.TYPE_MESSAGE:
            if last.message_type.full_name == "google.protobuf.FieldMask":
                yield f"{name} mask", json.dumps(_wrapped(way, ",".join(["aB.c"] * (size // 5))))
            elif last.message_type.full_name == "google.protobuf.Timestamp":
                yield f"{name} time", json.dumps(_wrapped(way, "2020-01-01T00:00:00." + "0" * size + "Z"))
        elif not last.is_repeated:
            yield f"{name} digits", json.dumps(_wrapped(way, 0)).replace(": 0", ": " + "1" * size)
        if last.is_repeated:
            element, count = ({}, size // 3) if last.type == FieldDescriptor.TYPE_MESSAGE else ("a", size // 4)
            yield f"{name} many", json.dumps(_wrapped(way, [element] * min(count, 99_000)), separators=(",", ":"))
            if last.type == FieldDescriptor.TYPE_STRING:
                numbered = [f"{number:x}" for number in range(min(size // 8, 99_000))]
                yield f"{name} different", json.dumps(_wrapped(way, numbered), separators=(",", ":"))
