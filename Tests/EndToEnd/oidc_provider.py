"""An OpenID Connect provider for tests: it signs real tokens, checks requests like real providers, and misbehaves on
request."""

import base64
import hashlib
import http.server
import json
import pathlib
import secrets
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ALGORITHMS = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
TOKEN_SECONDS = 300


class SigningKey:
    """A key pair, by the name that tokens call it."""

    def __init__(self, algorithm: str, kid: str = "") -> None:
        self.algorithm, self.kid = algorithm, kid or secrets.token_hex(4)
        self.private = ALGORITHMS[algorithm]()

    def sign(self, claims: dict, **header) -> str:
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.kid} | header)

    @property
    def jwk(self) -> dict:
        maker = jwt.get_algorithm_by_name(self.algorithm)
        public = maker.to_jwk(self.private.public_key(), as_dict=True)
        return public | {"kid": self.kid, "use": "sig", "alg": self.algorithm}


class Provider:
    """Serves on a port of its own; `person` is who signs in next."""

    def __init__(
        self, algorithm: str = "RS256", client_secret: str | None = "s3cret/+ &",
        certificate: tuple[pathlib.Path, pathlib.Path] | None = None,
    ) -> None:
        self.client_id, self.client_secret = "shop", client_secret
        self.key = SigningKey(algorithm)
        self.published = [SigningKey("RS256").jwk, self.key.jwk]
        self.metadata: dict = {}
        self.requests: list[tuple[str, dict]] = []
        self._reset()
        self._codes: dict[str, dict] = {}
        self._access: dict[str, dict] = {}
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._serve(self, urllib.parse.urlsplit(self.path))

            def do_POST(self) -> None:
                provider._serve(self, urllib.parse.urlsplit(self.path))

            def log_message(self, *_) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.issuer = f"{'https' if certificate else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _reset(self) -> None:
        # Changes the claims before they are signed, and the signature.
        self.change = lambda claims: claims
        self.sign = lambda claims: self.key.sign(claims)
        # By path: (status, headers, body) instead of the honest answer, after some seconds.
        self.instead: dict[str, tuple[int, dict, bytes]] = {}
        self.delay: dict[str, float] = {}
        self.in_token = True

    def behave(self) -> None:
        """As at first."""
        self._reset()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self, key: str, **more: str) -> dict[str, str]:
        """The settings of the shop for this provider."""
        own = {"ISSUER": self.issuer, "CLIENT_ID": self.client_id} | more
        if self.client_secret is not None:
            own["CLIENT_SECRET"] = self.client_secret
        return {f"FASTSHOP_OIDC_{key.upper()}_{name}": value for name, value in own.items()}

    def asked(self, path: str) -> int:
        return sum(1 for seen, _ in self.requests if seen == path)

    # The browser's part.

    def visit(self, url: str, **person) -> dict[str, str]:
        """The redirect of a browser after `person` has signed in here."""
        assert url.startswith(f"{self.issuer}/authorize?"), url
        query = urllib.parse.urlencode({"test_person": json.dumps(person)})
        careless = ssl._create_unverified_context()
        opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=careless))
        try:
            opener.open(f"{url}&{query}", timeout=10)
        except urllib.error.HTTPError as answer:
            assert answer.code == 302, answer.read()
            back = urllib.parse.urlsplit(answer.headers["location"])
            return {"uri": back._replace(query="").geturl()} | dict(urllib.parse.parse_qsl(back.query))
        raise AssertionError("the provider sent the browser nowhere")

    # The server's part.

    def _serve(self, handler, url) -> None:
        length = int(handler.headers.get("content-length") or 0)
        form = dict(urllib.parse.parse_qsl(handler.rfile.read(length).decode()))
        self.requests.append((url.path, form))
        time.sleep(self.delay.get(url.path, 0))
        honest = {
            "/.well-known/openid-configuration": self._discover, "/keys": self._keys, "/authorize": self._authorize,
            "/token": self._token, "/person": self._person,
        }
        status, headers, body = self.instead.get(url.path) or honest[url.path](handler, url, form)
        try:
            handler.send_response(status)
            fields = {"content-type": "application/json", "content-length": str(len(body))} | headers
            for name, value in fields.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            pass  # whoever asked has had enough

    def _discover(self, *_):
        document = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/person", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
            "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": True,
        }
        return 200, {}, json.dumps(document | self.metadata).encode()

    def _keys(self, *_):
        return 200, {}, json.dumps({"keys": self.published}).encode()

    def _authorize(self, _handler, url, _form):
        query = dict(urllib.parse.parse_qsl(url.query))
        good = (
            query["response_type"] == "code" and query["client_id"] == self.client_id
            and "openid" in query["scope"].split() and query["code_challenge_method"] == "S256"
            and len(query["code_challenge"]) == 43 and len(query["nonce"]) >= 32 and len(query["state"]) >= 32
        )
        assert good, query
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        back = urllib.parse.urlencode({"code": code, "state": query["state"], "iss": self.issuer})
        return 302, {"location": f"{query['redirect_uri']}?{back}"}, b""

    def _token(self, handler, _url, form):
        grant = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not self._is_client(handler, form):
            return 401, {}, b'{"error": "invalid_client"}'
        if (
            grant is None or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != grant["redirect_uri"]
            or challenge.rstrip(b"=").decode() != grant["code_challenge"]
        ):
            return 400, {}, b'{"error": "invalid_grant"}'
        person, now, access = json.loads(grant["test_person"]), int(time.time()), secrets.token_urlsafe(24)
        self._access[access] = person
        hash_name = "sha512" if self.key.algorithm == "EdDSA" else "sha256"
        half = hashlib.new(hash_name, access.encode()).digest()
        claims = {
            "iss": self.issuer, "sub": person["sub"], "aud": self.client_id, "iat": now, "exp": now + TOKEN_SECONDS,
            "nonce": grant["nonce"],
            "at_hash": base64.urlsafe_b64encode(half[:len(half) // 2]).rstrip(b"=").decode(),
        } | (person if self.in_token else {})
        token = self.sign(self.change(claims))
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": token}
        return 200, {}, json.dumps(answer).encode()

    def _is_client(self, handler, form) -> bool:
        if self.client_secret is None:
            return form.get("client_id") == self.client_id and "client_secret" not in form
        if "client_secret_post" in self.metadata.get("token_endpoint_auth_methods_supported", []):
            return (form.get("client_id"), form.get("client_secret")) == (self.client_id, self.client_secret)
        kind, _, text = handler.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(text).decode().partition(":")
        pair = (urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret))
        return kind == "Basic" and pair == (self.client_id, self.client_secret)

    def _person(self, handler, *_):
        person = self._access.get(handler.headers.get("authorization", "").removeprefix("Bearer "))
        return (200, {}, json.dumps(person).encode()) if person else (401, {}, b"{}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
