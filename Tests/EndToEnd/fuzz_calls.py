"""Sends the bytes of a request as gRPC or as Connect's JSON, as one of several callers, and returns the call's status.
"""

import contextlib
import dataclasses
import http.client
import json
import threading
import time

import grpc
from load import CUT
from shop_server import FRESH_CHANNEL

# The timeout of a call, and of a stream's first message: a silent stream is not an error.
CALL_SECONDS_MAX = 15
STREAM_SECONDS_MAX = 0.5
_ANSWER_BYTES_MAX = 64 * 2**20
# The largest list of errors is another test's matter.
_OPTIONS = [
    *FRESH_CHANNEL, ("grpc.max_receive_message_length", _ANSWER_BYTES_MAX), ("grpc.max_metadata_size", 2**20),
    ("grpc.absolute_max_metadata_size", 2**20)]
# The result when the server is gone.
GONE = "GONE"
# The messages for credentials that were good before.
CREDENTIALS_ENDED = "session has ended", "rights of the account have changed"


@dataclasses.dataclass(frozen=True)
class Request:
    """One request, as it is sent."""

    number: int
    method: str
    caller: str
    is_json: bool
    is_stream: bool
    body: bytes
    # The token of the owner of the resource in the request, if it has one.
    owner: str = ""

    def __str__(self) -> str:
        shown = self.body if self.is_json else self.body.hex()
        form = "JSON" if self.is_json else "protobuf"
        return f"request {self.number}: {self.method} as {self.caller}, {form}: {shown[:2000]}"


@dataclasses.dataclass(frozen=True)
class Ending:
    code: str
    text: str
    seconds: float


class Account:
    """The token of an account, renewed when a request has ended its session."""

    def __init__(self, sign_in) -> None:
        self._sign_in, self._lock = sign_in, threading.Lock()
        self.token = sign_in()

    def renew(self, ended: str) -> None:
        with self._lock:
            if self.token == ended:
                with contextlib.suppress(grpc.RpcError):  # the server has ended: whoever waits for it says so
                    self.token = self._sign_in()


class Callers:
    """Credentials by the caller's name: guest, admin, key, customer, or owner of what the request names."""

    def __init__(self, sign_in, key: str, customers: list) -> None:
        self._staff, self._key, self._customers = Account(sign_in), key, [Account(each) for each in customers]

    def _account(self, request: Request) -> Account | None:
        if request.caller == "admin":
            return self._staff
        return self._customers[request.number % len(self._customers)] if request.caller == "customer" else None

    def token(self, request: Request) -> str:
        if request.caller == "owner":
            return request.owner
        account = self._account(request)
        return account.token if account else self._key if request.caller == "key" else ""

    def note(self, request: Request, token: str, ending: Ending) -> None:
        account = self._account(request)
        if account and ending.code == "UNAUTHENTICATED" and any(each in ending.text for each in CREDENTIALS_ENDED):
            account.renew(token)


class Caller:
    """The connections of one thread."""

    def __init__(self, server, callers: Callers) -> None:
        self._address, self._callers = server.address, callers
        self._channel = grpc.insecure_channel(server.address, options=_OPTIONS)
        self._http = http.client.HTTPConnection(self._address, timeout=CALL_SECONDS_MAX)

    def close(self) -> None:
        self._channel.close()
        self._http.close()

    def send(self, request: Request) -> Ending:
        start = time.monotonic()
        token = self._callers.token(request)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        code, text = (self._send_json if request.is_json else self._send_binary)(request, metadata)
        ending = Ending(code.upper(), text, time.monotonic() - start)
        self._callers.note(request, token, ending)
        return ending

    def _send_binary(self, request: Request, metadata) -> tuple[str, str]:
        try:
            if not request.is_stream:
                call = self._channel.unary_unary(f"/{request.method}")
                call(request.body, timeout=CALL_SECONDS_MAX, metadata=metadata)
                return "OK", ""
            stream = self._channel.unary_stream(f"/{request.method}")(
                request.body, timeout=STREAM_SECONDS_MAX, metadata=metadata)
            next(stream, None)
            stream.cancel()
            return "OK", ""
        except grpc.RpcError as error:
            code = error.code().name
            if request.is_stream and code == "DEADLINE_EXCEEDED":
                return "OK", "a silent stream"
            is_gone = code == "UNAVAILABLE" and any(words in error.details() for words in (*CUT, "connect"))
            return (GONE if is_gone else code), error.details()

    def _send_json(self, request: Request, metadata) -> tuple[str, str]:
        headers = dict(metadata) | {"content-type": "application/json", "connect-protocol-version": "1"}
        body = request.body
        if request.is_stream:
            headers["content-type"] = "application/connect+json"
            headers["connect-timeout-ms"] = str(int(STREAM_SECONDS_MAX * 1000))
            body = b"\0" + len(body).to_bytes(4, "big") + body
        try:
            self._http.request("POST", f"/{request.method}", body, headers)
            answer = self._http.getresponse()
            if request.is_stream:
                text = self._first_of(answer)
                self._http.close()
            else:
                text = answer.read()
            return self._code_in(answer.status, text, request.is_stream)
        except TimeoutError as error:
            self._http.close()
            return "DEADLINE_EXCEEDED", str(error)
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            return GONE, f"{type(error).__name__} {error}"

    @staticmethod
    def _first_of(answer) -> bytes:
        """The first message of a stream, its end among them."""
        head = answer.read(5)
        return answer.read(int.from_bytes(head[1:], "big")) if len(head) == 5 else b""

    @staticmethod
    def _code_in(status: int, text: bytes, is_stream: bool) -> tuple[str, str]:
        try:
            content = json.loads(text) if text else {}
        except ValueError:
            return "UNKNOWN", f"no JSON: HTTP {status} {text[:200]!r}"
        error = content.get("error", {}) if is_stream else content if status != 200 else {}
        if is_stream and error.get("code") == "deadline_exceeded":
            return "OK", "a silent stream"
        if status != 200 and "code" not in content:
            return "UNKNOWN", f"HTTP {status} {text[:200]!r}"
        return error.get("code", "ok"), error.get("message", "")
