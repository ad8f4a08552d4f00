"""Requests as bytes, valid or broken, that no library would write: in protobuf's wire format and in JSON."""

import json
import random

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as Field

import fuzz_values as extremes
from fuzz_requests import RequestMaker

_DEEP = 10_000
_MARK = "3b5d5a60-the-value-goes-here"
_VARINTS = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 2**31]
_JSON_VALUES = [
    "1e400", "-1e400", "1e-400", "1E+2", "1.0", "1.5", "1e18", "1e19", "-0", "-0.0", "00", "01", "0x10", "+1", ".5",
    "1.", "NaN", "Infinity", "-Infinity", '"NaN"', '"Infinity"', '"-Infinity"', '"nan"', '"1e400"', '"1e3"', '" 1"',
    '"1 "', '""',
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    '"9223372036854775808"', "2147483648", "-2147483649", "4294967296", "18446744073709551616", "12345678901234567890",
    "9" * 400, f'"{"9" * 400}"',
    "0." + "9" * 400, "1" + "0" * 400 + "e-400", "1e99999999999999999999", "1e-99999999999999999999",
    "true", "false", "null", '"true"', "[]", "{}", "[[]]", "[null]", "[1,]", "{,}", "[" * 200 + "]" * 200,
    '{"a":' * 200 + "1" + "}" * 200, "[" * _DEEP, '{"a":' * _DEEP, "[" + "1," * 299 + "1]", "[" + '"x",' * 299 + '"x"]',
    '"\\ud800"', '"\\udc00"', '"\\ud83d\\ude00"', '"\\ud800\\ud800"', '"\\u0000"', '"\\x"', '"\\u12"', '"a\nb"',
    '"\t"', "'a'",
    '"0001-01-01T00:00:00Z"', '"0000-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999999999Z"', '"10000-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59-23:59"', '"0001-01-01T00:00:00+23:59"', '"2024-02-30T00:00:00Z"', '"2024-01-01T24:00:00Z"',
    '"2016-12-31T23:59:60Z"', '"2024-01-01T00:00:00+99:99"', '"2024-01-01T00:00:00.1234567890Z"', '"2024-01-01"',
    '"99999999999999999999-01-01T00:00:00Z"', '"-001-01-01T00:00:00Z"', '"315576000000s"', '"315576000001s"', '"-0.5s"',
    '"1e9s"', '"999999999999999999999999s"', '"0.0000000001s"', '"s"', '"-s"', '".5s"', '"1.s"', '"--1s"',
    '"9223372036854775808s"', '"a,b,c"', '"a.b.c.d,,"', '"' + "a," * 299 + 'a"', '"AAA="', '"A"', '"_-_-"', '"+/+/="',
    '"' + "x" * extremes.LONG + '"', '"' + "\\u0301" * 10_000 + '"']


def varint(number: int) -> bytes:
    number %= 2**64
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, wire_type: int, payload: bytes) -> bytes:
    return varint(number << 3 | wire_type) + payload


def _bytes(payload: bytes) -> bytes:
    return varint(len(payload)) + payload


def _at(path: list, innermost: bytes) -> bytes:
    """A message with nothing but `innermost` at `path`; sent after another one, both are merged."""
    for field in reversed(path):
        innermost = _field(field.number, 2, _bytes(innermost))
    return innermost


def binary(maker: RequestMaker, rng: random.Random) -> tuple[bytes, str]:
    """A request in the wire format, most of them as a library would write it, and its owner."""
    message, owner = maker.with_extremes(rng)
    data = message.SerializeToString()
    return (data if rng.random() < 0.75 else _odd_bytes(data, maker, rng)), owner


def _odd_bytes(data: bytes, maker: RequestMaker, rng: random.Random) -> bytes:
    path = maker.some_path(rng)
    kind = rng.randrange(12)
    cut = rng.randrange(len(data) + 1)
    if kind == 0:
        return data[:cut]
    if kind == 1:
        return data[:cut] + rng.randbytes(rng.choice([1, 2, 8])) + data[cut:]
    if kind == 2:
        flipped = bytearray(data)
        for _ in range(min(len(data), rng.choice([1, 1, 3]))):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        return bytes(flipped)
    if kind == 3:  # the same once more, or another of the same type: fields and members of a oneof are given twice
        return data + maker.with_extremes(rng)[0].SerializeToString()
    if kind == 4:
        return data + rng.choice([
            _field(99_999, 0, varint(2**64 - 1)), _field(99_999, 2, _bytes(b"x" * extremes.LONG)),
            _field(2**29 - 1, 5, b"\0\0\0\0"), _field(1, 6, b"\0"), _field(0, 0, b"\0"), varint(2**32 + 8) + b"\1",
            _field(99_999, 3, b"") * 200 + _field(99_999, 4, b"") * 200, _field(99_999, 3, b"") * _DEEP,
            _field(99_999, 4, b""), _field(1, 0, b"\xff" * 11), _field(1, 2, varint(2**31 - 1)),
            _field(1, 2, varint(2**63)), _field(1, 2, varint(2**64 - 1))])
    if kind == 5:
        nested = b""
        for _ in range(200):
            nested = _field(rng.choice([1, 2, 99_999]), 2, _bytes(nested))
        return data + nested
    if not path:
        return data + rng.randbytes(20)
    return data + _at(path[:-1], _odd_field(path[-1], rng))


def _odd_field(field, rng: random.Random) -> bytes:
    """A field with what its type cannot hold, or in an encoding that is not its own."""
    if field.type == Field.TYPE_STRING and rng.random() < 0.6:
        return _field(field.number, 2, _bytes(rng.choice(extremes.INVALID_UTF8)))
    return rng.choice([
        lambda: _field(field.number, 0, varint(rng.choice(_VARINTS))),
        lambda: _field(field.number, 0, b"\x81" + b"\x80" * 8 + rng.choice([b"\x00", b"\x01", b"\x7f"])),
        lambda: _field(field.number, 1, rng.randbytes(8)),
        lambda: _field(field.number, 5, rng.choice([b"\0\0\xc0\x7f", b"\xff" * 4])),
        lambda: _field(field.number, 2, _bytes(b"".join(varint(rng.choice(_VARINTS)) for _ in range(extremes.MANY)))),
        lambda: _field(field.number, 2, _bytes(rng.randbytes(rng.choice([1, 7, 9, 40])))),
        lambda: _field(field.number, 2, b"\0") * extremes.MANY,
        lambda: _field(field.number, 3, b"") + _field(field.number, 4, b"")])()


def as_json(maker: RequestMaker, rng: random.Random) -> tuple[bytes, str]:
    """A request in proto3 JSON, half of them as a library would write it, and its owner."""
    message, owner = maker.with_extremes(rng) if rng.random() < 0.6 else maker.plausible(rng)
    try:
        fields = json_format.MessageToDict(message)
    except (ValueError, json_format.Error):  # times that JSON cannot say
        fields = json_format.MessageToDict(maker.type())
    return _json_bytes(fields, maker, rng), owner


def _json_bytes(fields: dict, maker: RequestMaker, rng: random.Random) -> bytes:
    kind = rng.randrange(12)
    if kind < 6:
        return json.dumps(fields, ensure_ascii=rng.random() < 0.5).encode(errors="replace")
    path = maker.some_path(rng)
    if kind < 10 and path:
        _put(fields, path)
        return json.dumps(fields).replace(f'"{_MARK}"', rng.choice(_JSON_VALUES)).encode(errors="replace")
    return _odd_document(json.dumps(fields), path, rng)


def _put(fields: dict, path: list) -> None:
    """Marks the place in a JSON object where `path` leads."""
    for field in path[:-1]:
        below = fields.get(field.json_name)
        if isinstance(below, list):
            below = below[0] if below else {}
        if not isinstance(below, dict):
            below = {}
        fields[field.json_name] = [below] if field.is_repeated and not _is_map(field) else below
        fields = below
    fields[path[-1].json_name] = _MARK


def _is_map(field) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _odd_document(text: str, path: list, rng: random.Random) -> bytes:
    name = path[0].json_name if path else "none"
    cut = rng.randrange(len(text) + 1)
    first = "{" if text == "{}" else "{" + text[1:-1] + ","
    return rng.choice([
        lambda: text[:cut].encode(), lambda: text.encode() + b"}", lambda: text.encode() * 2,
        lambda: b"\xef\xbb\xbf" + text.encode(), lambda: text.encode("utf-16"), lambda: text[:cut].encode() + b"\xff",
        lambda: (first + f'"{name}":1,"{name}":2' + "}").encode(),
        lambda: (first + f'"{name}":null,"{path[0].name if path else name}":null' + "}").encode(),
        lambda: (first + f'"{"n" * extremes.LONG}":1' + "}").encode(),
        lambda: (first + '"unknown":' + rng.choice(_JSON_VALUES) + "}").encode(),
        lambda: (first + '"\\u0000":1,"@type":"x"' + "}").encode(),
        lambda: ("[" * _DEEP).encode(), lambda: ('{"a":' * _DEEP).encode(), lambda: b"", lambda: b"null", lambda: b"[]",
        lambda: b'""', lambda: b"0", lambda: b" " * extremes.LONG + text.encode(), lambda: b"\0" + text.encode(),
        lambda: text.encode().replace(b":", b" \t\r\n: "), lambda: ("/**/" + text).encode()])()
