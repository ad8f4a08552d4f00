"""One seed for each method of the shop, derived from its .proto file: every field of the request has a value that may
be valid. So a method that is added has a seed; better ones stand in service_seeds.py."""

import pathlib
import re

import service_seeds as by_hand

PROTO = pathlib.Path(__file__).parent.parent / "Proto" / "fastshop"
NUMBERS = {"int32", "int64", "uint32", "uint64", "sint32", "sint64", "double", "float"}
DEPTH_MAX = 4


class Schema:
    """The messages, enums and methods of all files of the shop's API."""

    def __init__(self):
        self.messages: dict[str, list[tuple[str, str, str]]] = {}
        self.enums: set[str] = set()
        self.methods: list[tuple[str, str]] = []
        for path in sorted(PROTO.glob("*/v1/*.proto")):
            self._read(re.sub(r"//[^\n]*", "", path.read_text()))

    def _read(self, text):
        package = re.search(r"^package ([\w.]+);", text, re.MULTILINE)[1]
        for name, body in re.findall(r"^message (\w+) \{(\}|\n.*?^\})", text, re.MULTILINE | re.DOTALL):
            self.messages[name] = re.findall(r"(optional |repeated )?([\w.]+) (\w+) = \d+", body)
        self.enums |= set(re.findall(r"^enum (\w+)", text, re.MULTILINE))
        for service, body in re.findall(r"^service (\w+) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            for method, request in re.findall(r"rpc (\w+)\((?:stream )?([\w.]+)\)", body):
                self.methods.append((f"{package}.{service}/{method}", request.rsplit(".", 1)[-1]))

    def request(self, message, number, depth=0):
        """All fields of a message, by their names in JSON."""
        fields = {}
        for label, kind, name in self.messages.get(message, []):
            value = self._value(kind.rsplit(".", 1)[-1], name, number, depth)
            if value is not None:
                fields[_json_name(name)] = [value] if label == "repeated " else value
        return fields

    def _value(self, kind, name, number, depth):
        if kind == "string":
            return _text(name, number)
        if kind in NUMBERS or kind in self.enums:
            return 1
        known = {
            "bool": True, "bytes": "AA==", "Timestamp": by_hand.FAR, "Duration": "1s", "FieldMask": "displayName"}
        if kind in known:
            return known[kind]
        return self.request(kind, number, depth + 1) if kind in self.messages and depth < DEPTH_MAX else None


def _text(name, number):
    if name == "request_id":
        return f"{by_hand.NEW[:-2]}{number + 0x100:04x}"
    if name == "user_id":
        return by_hand.CUSTOMER_ID
    if name.endswith(("_id", "_ids")):
        return by_hand.CATEGORY
    # They must be what the server has given out, or nothing.
    return "" if name in {"page_token", "cursor", "etag"} else "a@example.com" if name == "email" else "plain words"


def _json_name(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def methods():
    schema = Schema()
    return [
        by_hand.in_json(method, by_hand.ADMIN, schema.request(request, number))
        for number, (method, request) in enumerate(schema.methods)]


SEEDS = {"services": lambda: by_hand.services() + methods()}
