"""Our own SMTP sender: `mailtos://USER:PASSWORD@HOST[:PORT]?to=ADDRESS[,ADDRESS]&from=ADDRESS`.

`mailtos://` is always encrypted: port 465 by TLS from the first byte, any other port (587 without one) by STARTTLS, or
as `&mode=ssl` and `&mode=starttls` say.
`mailto://` (port 25) is plain, for a mail server on the same machine or network; it carries no password.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from crawler.errors import NotifyError
from crawler.notify.hosts import connected
from crawler.notify.mail import Envelope, addresses, write_mail
from crawler.notify.message import Dispatch
from crawler.unanswered import NoAnswer, why_unanswered

TIMEOUT_S = 60.0  # for one mail in total
TLS_PORT, STARTTLS_PORT, PLAIN_PORT = 465, 587, 25
FORM = "mailtos://user:password@smtp.example.org?to=desk@example.org"
MODES = ("ssl", "starttls")  # Apprise's names
_TEMPORARY = range(400, 500)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Mail server and credentials."""

    host: str
    port: int
    encrypted: bool
    at_once: bool  # TLS from the first byte, not STARTTLS
    user: str
    password: str = field(repr=False)


class MailSender:
    """A sender of mails to the addresses of one mailtos: URL. Raises NotifyError for an invalid one."""

    def __init__(
        self,
        channel: str,
        url: str,
        *,
        private: bool = False,
        zone: tzinfo = UTC,
        timeout_s: float = TIMEOUT_S,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._server, self._envelope = read_address(channel, url)
        self.label = f"{channel} (mail by {self._server.host})"
        self._private = private
        self._zone = zone
        self._timeout_s = timeout_s
        self._tls = tls

    @property
    def host(self) -> str:
        """The mail server."""
        return self._server.host

    async def send(self, dispatch: Dispatch) -> None:
        """Send one mail. Raises NotifyError; a message that timed out may have arrived, but counts as failed."""
        mail = write_mail(dispatch, self._envelope, zone=self._zone)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._submit(mail.as_bytes())
        except TimeoutError as error:
            raise self._error(f"{NoAnswer.LATE} {self._timeout_s:g} s") from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise self._refused_login(error) from error
        except aiosmtplib.SMTPResponseException as error:
            raise self._error(f"answered {error.code} {error.message}"[:300], code=error.code) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            problem = why_unanswered(error) or str(error) or type(error).__name__
            raise self._error(f"mail server error: {problem}"[:300]) from error

    async def close(self) -> None:
        """Do nothing: each mail uses its own connection."""

    async def _submit(self, mail: bytes) -> None:
        server = self._server
        sock = await connected(server.host, server.port, private=self._private, label=self.label)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            sock=sock,
            use_tls=server.at_once,
            start_tls=server.encrypted and not server.at_once,
            tls_context=self._tls() if server.encrypted else None,
            local_hostname=_literal(sock.getsockname()[0]),
            timeout=self._timeout_s,
        )
        transport = None
        try:
            await client.connect()
            transport = client.transport
            if server.user and server.password:
                await client.login(server.user, server.password)
            await self._transact(client, mail)
            with contextlib.suppress(aiosmtplib.SMTPException):  # the server has accepted the mail
                await client.quit(timeout=2)
        finally:
            client.close()
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()  # the mail is accepted or failed: do not wait for TLS to close
            with contextlib.suppress(OSError):  # closed already; the descriptor belongs to the transport
                sock.shutdown(socket.SHUT_RDWR)
            await asyncio.sleep(0)

    async def _transact(self, client: aiosmtplib.SMTP, mail: bytes) -> None:
        """Send one mail to all; if one recipient is refused temporarily, send nothing: all are retried later."""
        await client.mail(self._envelope.sender)
        refused: list[aiosmtplib.SMTPRecipientRefused] = []
        for to in self._envelope.to:
            try:
                await client.rcpt(to)
            except aiosmtplib.SMTPRecipientRefused as error:
                refused.append(error)
        temporary = [error for error in refused if error.code in _TEMPORARY]
        if temporary or len(refused) == len(self._envelope.to):
            raise (temporary or refused)[0]
        await client.data(mail)

    def _refused_login(self, error: aiosmtplib.SMTPAuthenticationError) -> NotifyError:
        """Return the error for a login that the server refused: temporarily (4xx), or because it is wrong (5xx)."""
        found = self._error(f"the login failed: answered {error.code} {error.message}"[:300], code=error.code)
        found.misconfigured = not found.retryable
        return found

    def _error(self, text: str, *, code: int = 0) -> NotifyError:
        hidden = (self._server.password, self._server.user)
        for secret in filter(None, hidden):
            text = text.replace(secret, "***")
        final = code >= 500  # noqa: PLR2004 - RFC 5321, 4.2.1
        return NotifyError(" ".join(text.split()), retryable=not final, subject=self.label)


def read_address(channel: str, url: str) -> tuple[MailServer, Envelope]:
    """Return the server and addresses of a mailto(s): URL. Raises NotifyError, without any part of the URL."""

    def refuse(text: str) -> NotifyError:
        return NotifyError(f"{text}: use {FORM}", retryable=False, subject=channel)

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        query = parse_qs(parts.query)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        to = addresses(query.get("to", []))
        sender = addresses(query.get("from", []))
    except ValueError as error:
        raise refuse("the mail address is invalid") from error
    if not host:
        raise refuse("the mail server is missing")
    if not to:
        raise refuse("the recipient is missing")
    if unknown := sorted(query.keys() - {"to", "from", "mode"}):
        raise refuse(f"unknown option {unknown[0][:20]!r}")
    encrypted = parts.scheme.lower() == "mailtos"
    port = port or (STARTTLS_PORT if encrypted else PLAIN_PORT)
    mode = query.get("mode", [MODES[port != TLS_PORT]])[0]
    if mode not in MODES or ("mode" in query and not encrypted):
        raise refuse("mode must be ssl or starttls, and requires mailtos://")
    if password and not encrypted:
        raise refuse("a password requires an encrypted connection")
    own = sender or ((user,) if "@" in user else (f"wirewatch@{host}",))
    server = MailServer(host, port, encrypted, encrypted and mode == "ssl", user, password)
    return server, Envelope(own[0], to, channel)


def _literal(address: str) -> str:
    """Return the local address as an EHLO address literal (RFC 5321, 4.1.3)."""
    return f"[IPv6:{address.partition('%')[0]}]" if ":" in address else f"[{address}]"
