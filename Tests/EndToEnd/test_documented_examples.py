"""The examples of the reference, sent as they stand: with real ids and tokens, each would be a good request."""

import http.client
import json
import re
import struct

from shop_server import ROOT
from stubs import CALL_SECONDS

EXAMPLE = re.compile(r"^fastshop call (\S+) '(.*)'$", re.MULTILINE)
# It would end the session that the others are sent in.
NOT_SENT = {"fastshop.identity.v1.AuthService/SignOut"}
STREAM_MS_MAX = 500


def examples() -> list[tuple[str, str]]:
    pages = sorted((ROOT / "docs/api").glob("*.md"))
    return [found for page in pages for found in EXAMPLE.findall(page.read_text())]


def answer(shop, method: str, body: bytes, kind: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(shop.address, timeout=CALL_SECONDS)
    try:
        connection.request("POST", f"/{method}", body, {
            "content-type": kind, "authorization": f"Bearer {shop.staff_token}", **headers})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def sent(shop, method: str, example: str) -> bytes:
    """What the server says: of a stream, all of it."""
    body = example.encode()
    status, told = answer(shop, method, body, "application/json")
    if status != 415:
        return told
    stream = struct.pack(">BI", 0, len(body)) + body
    return answer(
        shop, method, stream, "application/connect+json", **{"connect-timeout-ms": str(STREAM_MS_MAX)})[1]


def test_no_field_of_an_example_is_refused(start_shop, database):
    shop = start_shop(database())
    found = examples()
    assert len(found) > 150
    refused = {}
    for method, example in found:
        if method in NOT_SENT:
            continue
        told = sent(shop, method, json.dumps(json.loads(example)))
        assert b"SESSION_ENDED" not in told and b"CREDENTIALS_OUTDATED" not in told, method
        if b"INVALID_FIELDS" in told or b'"code":"invalid_argument"' in told:
            refused[method] = told[-600:]
    assert not refused, "\n".join(f"{method}: {told}" for method, told in refused.items())
