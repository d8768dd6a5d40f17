"""The only module that reads the environment. Functions take it as a mapping, so that tests need no real one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

VARIABLES = {
    "WIREWATCH_VAR": "folder for all state (default ./var)",
    "WIREWATCH_WATCH": "the watch file (default ./watch.yaml)",
    "WIREWATCH_REDIS_URL": "your own Redis or Valkey: a server, Sentinels or a cluster (default: Wirewatch starts one)",
    "WIREWATCH_DATABASE_URL": "SQLAlchemy URL of the archive (default: SQLite in the state folder)",
    "WIREWATCH_CONTACT": "contact URL or e-mail address, shown in the user agent",
    "WIREWATCH_EXTRACTORS": "extraction processes (default: one per core)",
    "WIREWATCH_BROWSER": "path of a Chromium for sources with `render: true` (default: Playwright's own)",
    "WIREWATCH_WEB_URL": "public URL of the web page; if set, alerts link to their articles",
    "WIREWATCH_WEB_HOST": "address to which the web page binds (default 127.0.0.1); others require a password",
    "WIREWATCH_WEB_PORT": "port of the web page (default 8765, or the next free one)",
    "WIREWATCH_WEB_PASSWORD": "password of the web page or its Argon2 hash (default: from `web --set-password`)",
    "WIREWATCH_WEB_NAMES": "additional host names of the web page, separated by commas",
    "WIREWATCH_WEB_PROXIES": "trusted reverse proxies (X-Forwarded-For): addresses or networks (default: none)",
    "WIREWATCH_WEB_SECRET": "key that signs sessions, if several machines serve the page (default: a file)",
    "WIREWATCH_WEB_HUB": "URL of a WebSub hub to announce in feeds, for instant updates",
    "WIREWATCH_METRICS_PORT": "port for monitoring: /metrics, /healthz, /readyz (default: none)",
    "WIREWATCH_METRICS_HOST": "address to which this port binds (default 127.0.0.1); it has no password",
    "WIREWATCH_LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR (default WARNING)",
    "WIREWATCH_LOG_FORMAT": "text (default) or json: one object per line",
}

_SECRET_CHARS = 32


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder for all state that is not on a server."""
    return Path(environ.get("WIREWATCH_VAR") or "var")


def watch_file(environ: Mapping[str, str]) -> Path:
    """Return the path of the watch file, which need not exist."""
    return Path(environ.get("WIREWATCH_WATCH") or "watch.yaml")


def redis_url(environ: Mapping[str, str]) -> str:
    """Return the URL of the user's own Redis; "" for the embedded server."""
    return environ.get("WIREWATCH_REDIS_URL", "")


def database_url(environ: Mapping[str, str]) -> str:
    """Return the SQLAlchemy URL of the archive."""
    own = environ.get("WIREWATCH_DATABASE_URL", "")
    return own or f"sqlite:///{state_folder(environ).resolve() / 'wirewatch.db'}"


def contact(environ: Mapping[str, str]) -> str:
    """Return the contact in the user agent, by which sites can reach the operator."""
    return environ.get("WIREWATCH_CONTACT") or "https://github.com/wirewatch/wirewatch#for-site-owners"


def web_url(environ: Mapping[str, str]) -> str:
    """Return the public URL of our page without a final slash; "" for none. Raises ValueError if it is not a URL."""
    url = environ.get("WIREWATCH_WEB_URL", "").rstrip("/")
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"WIREWATCH_WEB_URL={url!r}: expected a URL such as https://news.example.org")
    return url


def extractors(environ: Mapping[str, str]) -> int:
    """Return the number of extraction processes. Raises ValueError, naming the variable, for an invalid number."""
    text = environ.get("WIREWATCH_EXTRACTORS", "")
    if not text:
        return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"WIREWATCH_EXTRACTORS={text!r}: expected a whole number, 1 or more")
    return int(text)


def log_level(environ: Mapping[str, str]) -> str:
    """Return the log level. Raises ValueError, naming the variable, for an unknown one."""
    level = (environ.get("WIREWATCH_LOG_LEVEL") or "WARNING").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ValueError(f"WIREWATCH_LOG_LEVEL={level!r}: expected DEBUG, INFO, WARNING or ERROR")
    return level


def log_format(environ: Mapping[str, str]) -> str:
    """Return the log format, text or json. Raises ValueError, naming the variable, for another one."""
    name = (environ.get("WIREWATCH_LOG_FORMAT") or "text").lower()
    if name not in {"text", "json"}:
        raise ValueError(f"WIREWATCH_LOG_FORMAT={name!r}: expected text or json")
    return name


def metrics_host(environ: Mapping[str, str]) -> str:
    """Return the address to which the port for monitoring binds."""
    return environ.get("WIREWATCH_METRICS_HOST") or "127.0.0.1"


def metrics_port(environ: Mapping[str, str]) -> int | None:
    """Return the port for monitoring, None for none. Raises ValueError, naming the variable, for an invalid port."""
    return _port(environ, "WIREWATCH_METRICS_PORT")


def web_host(environ: Mapping[str, str]) -> str:
    """Return the address to which the web page binds."""
    return environ.get("WIREWATCH_WEB_HOST") or "127.0.0.1"


def web_port(environ: Mapping[str, str]) -> int | None:
    """Return the port of the web page, None for the default. Raises ValueError, naming the variable, if invalid."""
    return _port(environ, "WIREWATCH_WEB_PORT")


def web_password(environ: Mapping[str, str]) -> str:
    """Return the password of the web page or its hash; "" for none."""
    return environ.get("WIREWATCH_WEB_PASSWORD", "")


def web_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the additional host names of the web page."""
    return _listed(environ, "WIREWATCH_WEB_NAMES")


def web_proxies(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the reverse proxies before the web page, as addresses or networks.

    Raises ValueError, naming the variable, for an invalid one.
    """
    found = _listed(environ, "WIREWATCH_WEB_PROXIES")
    for name in found:
        try:
            ip_network(name)
        except ValueError as error:
            raise ValueError(
                f"WIREWATCH_WEB_PROXIES={name!r}: expected addresses or networks such as 127.0.0.1,10.0.0.0/8 ({error})"
            ) from error
    return found


def web_secret(environ: Mapping[str, str]) -> str:
    """Return the key that signs sessions; "" for the one in the folder of state.

    Raises ValueError, naming the variable, for one that is too short.
    """
    secret = environ.get("WIREWATCH_WEB_SECRET", "")
    if secret and len(secret) < _SECRET_CHARS:
        raise ValueError(f"WIREWATCH_WEB_SECRET: expected at least {_SECRET_CHARS} random characters")
    return secret


def web_hub(environ: Mapping[str, str]) -> str:
    """Return the WebSub hub that feeds announce; "" for none. Raises ValueError, naming the variable, if invalid."""
    url = environ.get("WIREWATCH_WEB_HUB", "")
    if url and not (url.startswith(("http://", "https://")) and url.isascii() and not set(url) & set(' <>"\r\n')):
        raise ValueError(f"WIREWATCH_WEB_HUB={url!r}: expected a URL such as https://hub.example.org")
    return url


def browser_options(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return Playwright's launch options; as root, Chromium runs without its sandbox."""
    options: dict[str, Any] = {"args": ["--disable-background-networking", "--disable-sync", "--no-first-run"]}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options["args"].append("--no-sandbox")
    if environ.get("WIREWATCH_BROWSER"):
        options["executable_path"] = environ["WIREWATCH_BROWSER"]
    return options


def _listed(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part for one in environ.get(name, "").split(",") if (part := one.strip()))


def _port(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 <= int(text[:6]) <= 65535:  # noqa: PLR2004  16 bits
        raise ValueError(f"{name}={text!r}: expected a port from 0 to 65535")
    return int(text)
