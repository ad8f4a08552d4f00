"""A real SMTP server, aiosmtpd, that accepts mails, refuses them, delays or hangs up, as a test configures it."""

import asyncio
import email
import email.policy
import ssl
import threading
import time
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class MailServer:
    """Listens until it is stopped. `replies` are its next answers: a reply, "hang up" or "sleep"; then it accepts."""

    def __init__(self, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None, implicit: bool = False):
        self.mails: list[EmailMessage] = []
        self.contents: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.was_encrypted: list[bool] = []
        self.logins: list[str] = []
        self.connections = 0
        self.rcpt_replies: list[str] = []
        self.replies: list[str] = []
        self.asked_at: list[float] = []
        self.takes_seconds = 0.0
        self._changed = threading.Condition()
        self._login = login
        options = {"hostname": "127.0.0.1", "port": 0}
        if login:
            options |= {"authenticator": self._authenticate, "auth_required": True}
        if tls and implicit:
            options |= {"ssl_context": tls, "auth_require_tls": False}  # it looks for STARTTLS alone
        elif tls:
            options |= {"tls_context": tls, "require_starttls": True}
        self._controller = _FreePort(self, **options)
        self._controller.start()
        self.port = self._controller.server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._controller.stop()

    def wait_for(self, count: int, within: float = 30) -> list[EmailMessage]:
        """The mails, once there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.mails) >= count, within), f"{len(self.mails)} mails came"
            return list(self.mails)

    def wait_until_asked(self, count: int, within: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.asked_at) >= count, within), f"asked {self.asked_at}"

    def _authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        if isinstance(data, LoginPassword):
            self.logins.append(mechanism)
            is_right = (data.login.decode(), data.password.decode()) == self._login
            return AuthResult(success=is_right, handled=False)
        return AuthResult(success=False, handled=False)

    # Called by aiosmtpd.

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt_replies:
            reply = self.rcpt_replies.pop(0)
            if not reply.startswith("2"):
                return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with self._changed:
            self.asked_at.append(time.monotonic())
            reply = self.replies.pop(0) if self.replies else "250 taken"
            self._changed.notify_all()
        if reply == "sleep":
            await asyncio.sleep(3_600)
        if self.takes_seconds:
            await asyncio.sleep(self.takes_seconds)
        if reply == "hang up":
            server.transport.abort()
            return "421 bye"
        if reply.startswith("2"):
            with self._changed:
                self.contents.append(envelope.content)
                self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
                self.was_encrypted.append(session.ssl is not None)
                self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
                self._changed.notify_all()
        return reply


class _FreePort(Controller):
    """aiosmtpd's controller connects to its own port to see whether it listens; with port 0 it has to look it up."""

    def __init__(self, mail_server: MailServer, **options):
        self._mail_server = mail_server
        super().__init__(mail_server, **options)

    def factory(self):
        self._mail_server.connections += 1
        return SMTP(self.handler, hostname="mail.test", **self.SMTP_kwargs)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
