"""The examples of the reference, sent as they stand: with real ids and tokens, each would be a good request."""

import datetime
import http.client
import json
import re
import struct

from shop_server import ROOT
from stubs import CALL_SECONDS

EXAMPLE = re.compile(r"^fastshop call (\S+) '(.*)'$", re.MULTILINE)
# The first would end the session that the others are sent in. The others need a URI of the server's settings.
NOT_SENT = {
    "fastshop.identity.v1.AuthService/SignOut", "fastshop.identity.v1.ExternalSignInService/BeginExternalLink",
    "fastshop.identity.v1.ExternalSignInService/BeginExternalSignIn"}
STREAM_MS_MAX = 500


def examples() -> list[tuple[str, str]]:
    pages = sorted((ROOT / "docs/api").glob("*.md"))
    return [found for page in pages for found in EXAMPLE.findall(page.read_text())]


def as_of_now(example: str) -> str:
    """The example with its times as far in the future as they are in 2027 from 2027 on."""
    def moved(found: re.Match) -> str:
        ahead = datetime.datetime.fromisoformat(found[0]) - datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
        return (datetime.datetime.now(datetime.UTC) + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")

    return re.sub(r"2027-\d\d-\d\dT\d\d:\d\d:\d\dZ", moved, example)


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
        told = sent(shop, method, json.dumps(json.loads(as_of_now(example))))
        assert b"SESSION_ENDED" not in told and b"CREDENTIALS_OUTDATED" not in told, method
        if b"INVALID_FIELDS" in told or b'"code":"invalid_argument"' in told:
            refused[method] = told.decode(errors="replace")
    assert not refused, "\n".join(f"{method}: {told}" for method, told in refused.items())
