"""The address of a mail channel, from its fields and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

_NAMED = r"\$\{\w+\}"
_FORM = re.compile(
    rf"(?P<scheme>mailtos?)://(?:(?P<user>{_NAMED}|[^:@/]*)(?::(?P<password>{_NAMED}|[^@/]*))?@)?(?P<server>[^?/@]+)/?\?(?P<query>.*)"
)
_HOST = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?")
_PORTS = {"starttls": ":587", "ssl": ":465", "none": ":25"}


def host(text: str) -> str:
    """Return `host[:port]`. Raises ValueError with a message."""
    text = text.strip().removeprefix("smtp://")
    if not _HOST.fullmatch(text):
        raise ValueError("is not a server such as smtp.example.org or smtp.example.org:465")
    return text


def build(parts: Mapping[str, str]) -> str:
    """Return the address. Raises ValueError with a message."""
    security, server = parts.get("security") or "starttls", parts.get("server", "")
    user, password = parts.get("user", ""), parts.get("password", "")
    if password and security == "none":
        raise ValueError("Password: needs an encrypted connection: choose STARTTLS or TLS")
    if password and not user:
        raise ValueError("User name: is required with a password")
    mode = ""
    if security == "ssl" and not server.endswith(":465"):
        server, mode = (server, "&mode=ssl") if ":" in server.rpartition("]")[2] else (f"{server}:465", "")
    elif security == "starttls" and server.endswith(":465"):
        mode = "&mode=starttls"
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    sender = f"&from={parts['from']}" if parts.get("from") else ""
    return f"mailto{'' if security == 'none' else 's'}://{login}{server}?to={parts['to']}{sender}{mode}"


def parse(address: str) -> dict[str, str] | None:
    """Return the parts of an address, encoded as in it, or None if it has another form."""
    found = _FORM.fullmatch(address)
    if not found:
        return None
    query = dict(part.partition("=")[::2] for part in found["query"].split("&"))
    if query.keys() - {"to", "from", "mode"} or not query.get("to"):
        return None
    server = found["server"]
    encrypted = found["scheme"] == "mailtos"
    mode = query.get("mode") or ("ssl" if server.endswith(":465") else "starttls")
    security = mode if encrypted else "none"
    if "mode" not in query:
        server = server.removesuffix(_PORTS[security])
    parts = {"to": query["to"], "server": server, "security": security, "user": found["user"] or ""}
    parts |= {"password": found["password"] or "", "from": query.get("from", "")}
    return parts


def shown(part: str) -> str:
    """Return a part of an address for a form."""
    return unquote(part)


def encoded(text: str) -> str:
    """Return a user name or password for an address."""
    return quote(text, safe="")
