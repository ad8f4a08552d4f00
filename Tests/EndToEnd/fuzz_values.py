"""Values at and beyond the limits of a field: of its type, of its meaning, and of its encoding."""

import base64
import random
import uuid

from google.protobuf.descriptor import FieldDescriptor as Field

LONG = 70_000
MANY = 300

_EDGES_32 = [0, 1, -1, 2, 127, 128, 255, 256, 65_535, 65_536, 10**6, 10**9, 2**31 - 2, 2**31 - 1, -(2**31), 1 - 2**31]
_EDGES_64 = _EDGES_32 + [
    2**31, 2**32 - 1, 2**32, 2**53 + 1, 10**12, 10**13, -(10**13), 10**18, 2**63 - 2, 2**63 - 1, -(2**63), 1 - 2**63]
# Seconds: around the years 1, 1970 and 9999, 4713 BC, and where nanoseconds or microseconds no longer fit 64 bits.
SECONDS = _EDGES_64 + [
    253_402_300_799, 253_402_300_800, -62_135_596_800, -62_135_596_801, -210_866_803_200, -210_866_803_201,
    315_576_000_000, 315_576_000_001, -315_576_000_001, 9_223_372_036, 9_223_372_037, -9_223_372_037,
    9_223_372_036_854, 9_223_372_036_855, -9_223_372_036_855, 9_224_318_015_999, 9_223_371_331_200]
NANOS = [0, 1, -1, 999_999_999, 10**9, -999_999_999, -(10**9), 2**31 - 1, -(2**31)]
DOUBLES = [
    0.0, -0.0, 1.0, -1.0, float("nan"), float("inf"), float("-inf"), 5e-324, -5e-324, 1.7976931348623157e308,
    -1.7976931348623157e308, 2.0**31, 2.0**63, -(2.0**63), 2.0**64, 0.1, 1e-7]
ENUMS = [0, 1, -1, 7, 99, 255, 256, 32_768, 2**31 - 1, -(2**31)]
# Page tokens and cursors with a checksum that anybody can compute, each with an extreme sort key.
FORGED = [
    "UEw1aJp4iH0lgAAAAAAAAAABjMJR-yx8263Ux5j130TgyhsPjg",
    "RQAAAAF__________wAAAAA", "UAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
_WORDS = ["", " ", "\0", "a\0b", "\0" * MANY, "\u0301", "\u0301" * MANY, "e\u0301", "\u00e9", "\u0130brahim", "\u00df",
          "\u202eabc", "\u2066a\u2069", "\u200b" * 10, "\u200d\ufe0f", "\ufeff", "\ufffe", "\uffff", "\U0010ffff",
          "\U000e0001", "\U0001f469\u200d\U0001f469" * 50, "\x7f\x80\x9f", "\r\nx-injected: 1", "\t", "\\", '"', "'",
          "'; DROP TABLE catalog.product; --", "%s%n%x", "%00", "../../../etc/passwd", "{}", "[]", "null", "true",
          "*", "**", ".", "..", "a.b.c", "-", "--", "+", "0", "-0", "-1", "1e400", "NaN", "Infinity", "9" * 400,
          "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
          "v0", "v-1", "v", "v9223372036854775807", "v9223372036854775808", "v18446744073709551616", "v01",
          "V1", "W/\"v1\"",
          "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
          "FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF", "{01890000-0000-7000-8000-000000000000}",
          "01890000000070008000000000000000", "01890000-0000-7000-8000-00000000000\u0660",
          "a@b", "@", "a@", "@b.example", "a@[::1]", "a@b..example", "a@-b.example", "\u00fc@\u00fc.example",
          "a" * 64 + "@" + "b" * 63 + ".example", "a@xn--.example", "a@" + "b." * 120 + "example",
          "https://", "http://[::1", "javascript:alert(1)", "https://a:b@c:99999/", "+" + "9" * 30,
          "zz-ZZ", "x" * 255, "\u0660\u0661\u0662\u0663\u0664\u0665", "123 456"] + FORGED
_LONG_UNITS = ["x", "\u00e9", "\u0301", "\U0010ffff", "A", "0", " ", "-", "a.", "\0", "\u200b", "\u202e"]
INVALID_UTF8 = [
    b"\xff", b"\x80", b"\xc0\x80", b"\xc1\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80",
    b"\xe2\x82", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"a\xffb", b"\xfe\xff\x00a",
    b"x" * 1000 + b"\xf0\x9f\x98"]
SIGNED_64 = {Field.TYPE_INT64, Field.TYPE_SINT64, Field.TYPE_SFIXED64}
UNSIGNED_32 = {Field.TYPE_UINT32, Field.TYPE_FIXED32}
UNSIGNED_64 = {Field.TYPE_UINT64, Field.TYPE_FIXED64}
FLOATS = {Field.TYPE_DOUBLE, Field.TYPE_FLOAT}


def text(rng: random.Random, known: list[str]) -> str:
    """An odd string; of `known` ones, which the server made or took, a mutation."""
    kind = rng.random()
    if known and kind < 0.35:
        return mutated(rng, rng.choice(known))
    if kind < 0.45:
        unit = rng.choice(_LONG_UNITS)
        return unit * (LONG // len(unit))
    if kind < 0.55:
        data = rng.randbytes(rng.choice([1, 12, 16, 33, 37, 45, 64, 300]))
        return base64.urlsafe_b64encode(data).decode().rstrip("=")
    if kind < 0.6:
        return "".join(chr(rng.choice([rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)])) for _ in range(20))
    return rng.choice(_WORDS)


def mutated(rng: random.Random, text: str) -> str:
    """A token, id, or other value that a caller was given, slightly changed."""
    if not text:
        return "="
    at = rng.randrange(len(text))
    return rng.choice([
        lambda: text[:at], lambda: text[at:], lambda: text + text, lambda: text + "A", lambda: text + "=",
        lambda: text[:at] + rng.choice("Aa09-_+/=.\0 \u0301") + text[at + 1:], lambda: text.swapcase(),
        lambda: text[::-1], lambda: f" {text} ", lambda: text[:at] + "\u200b" + text[at:],
        lambda: _with_other_bytes(rng, text)])()


def _with_other_bytes(rng: random.Random, text: str) -> str:
    """A base 64 text with some of its bytes at their extremes."""
    try:
        data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return text + "!"
    if data:
        at = rng.randrange(len(data))
        count = rng.choice([1, 4, 8])
        data[at:at + count] = rng.choice([b"\0", b"\xff", b"\x80", b"\x7f"]) * len(data[at:at + count])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def scalar(rng: random.Random, field, known: list):
    """A value that protobuf's own library lets a field have, at an extreme."""
    if field.type == Field.TYPE_STRING:
        return text(rng, known)
    if field.type == Field.TYPE_BYTES:
        return rng.choice([b"", b"\0", b"\xff" * MANY, rng.randbytes(16), rng.randbytes(LONG)])
    if field.type == Field.TYPE_ENUM:
        return rng.choice(ENUMS)
    if field.type == Field.TYPE_BOOL:
        return rng.random() < 0.5
    if field.type in FLOATS:
        value = rng.choice(DOUBLES)
        return value if field.type == Field.TYPE_DOUBLE or not 3.4e38 < abs(value) < float("inf") else 3.4e38
    edges = SECONDS if field.type in SIGNED_64 | UNSIGNED_64 else _EDGES_32
    if field.type in UNSIGNED_32 | UNSIGNED_64:
        bits = 32 if field.type in UNSIGNED_32 else 64
        return rng.choice([abs(edge) for edge in edges] + [2**bits - 1, 2**bits - 2, 2**(bits - 1)]) % 2**bits
    return rng.choice(edges)


def new_uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
