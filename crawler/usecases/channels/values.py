"""Values of channel fields as people paste them, made fit for an address. ValueError has a message."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlsplit

from crawler.networks import host_of
from crawler.notify.mail import addresses as mail_addresses

LOCAL = ("terminal:", "file:", "canary:")
_SLACK = re.compile(r"(?:https://hooks\.slack\.com/services/)?(T\w+/[A-Z]\w+/\w+)/?")
_DISCORD = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/(\d+/[\w-]+)/?")
_TEAMS = re.compile(r"https://([\w.-]+(?::\d+)?)/(?:powerautomate/automations/direct/)?workflows/([\w-]+)/.*")
_GOOGLE_CHAT = re.compile(r"https://chat\.googleapis\.com/v1/spaces/([\w-]+)/messages\?.*")
_MATTERMOST = re.compile(r"(?:https?://\S+/hooks/)?(\w{10,})/?")
_TELEGRAM = re.compile(r"(?:bot)?(\d+:[\w-]{10,})")
_CHAT = re.compile(r"-?\d{1,20}|@?[A-Za-z]\w{2,40}")
_SERVER = re.compile(r"(?:(https?)://)?([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?((?:/[\w.~-]+)*)/?")
_SIGNING = re.compile(r"whsec_[A-Za-z0-9+/=]{20,}")
_ROOM = re.compile(r"[#!]\S+:\S+")


def one_word(text: str) -> str:
    """Return a token, name or topic, percent-encoded."""
    text = text.strip()
    if not text.isprintable() or len(text) > 1000:  # noqa: PLR2004
        raise ValueError("has invalid characters")
    return quote(text, safe="")


def addresses(text: str) -> str:
    """Return mail addresses, separated by commas."""
    try:
        found = mail_addresses([text.replace(";", ",")])
    except ValueError as error:
        raise ValueError("is not a mail address such as desk@example.org") from error
    return ",".join(quote(one, safe="@") for one in found)


def server(text: str) -> str:
    """Return `host[:port][/path]`, with `http://` in front if it is not encrypted."""
    found = _SERVER.fullmatch(text.strip())
    if not found or not host_of(found[2]):
        raise ValueError("is not a server such as example.org or http://example.org:8080")
    return f"{'http://' if found[1] == 'http' else ''}{found[2]}{found[3] or ''}{found[4]}"


def slack(text: str) -> str:
    """Return the three tokens of an incoming webhook."""
    return _matched(_SLACK, text, "is not a webhook URL that begins with https://hooks.slack.com/services/")[1]


def discord(text: str) -> str:
    """Return the id and token of a webhook."""
    return _matched(_DISCORD, text, "is not a webhook URL that begins with https://discord.com/api/webhooks/")[1]


def teams(text: str) -> str:
    """Return host, workflow and signature of a workflow."""
    message = "is not a workflow URL: it contains /workflows/ and ends with &sig=..."
    found, query = _matched(_TEAMS, text, message), parse_qs(urlsplit(text.strip()).query)
    if not query.get("sig"):
        raise ValueError(message)
    automation = "?pa=yes&ver=1" if "/powerautomate/" in text else ""
    return f"{found[1]}/{found[2]}/{quote(query['sig'][0], safe='')}/{automation}"


def google_chat(text: str) -> str:
    """Return space, key and token of a webhook."""
    message = "is not a webhook URL that begins with https://chat.googleapis.com/v1/spaces/"
    found, query = _matched(_GOOGLE_CHAT, text, message), parse_qs(urlsplit(text.strip()).query)
    if not (query.get("key") and query.get("token")):
        raise ValueError(f"{message} and contains key= and token=")
    return f"{found[1]}/{quote(query['key'][0], safe='')}/{quote(query['token'][0], safe='')}"


def mattermost(text: str) -> str:
    """Return the key of an incoming webhook."""
    return _matched(_MATTERMOST, text, "is not a webhook URL that contains /hooks/")[1]


def telegram_token(text: str) -> str:
    """Return the token of a bot."""
    return _matched(_TELEGRAM, text, "is not a bot token such as 123456:ABC-DEF1234ghIkl")[1]


def chat(text: str) -> str:
    """Return the id of a chat, or the name of a channel."""
    return quote(_matched(_CHAT, text, "is not a chat such as -1001234567890 or @channel")[0], safe="@-")


def matrix_room(text: str) -> str:
    """Return a room, encoded."""
    return quote(_matched(_ROOM, text, "is not a room such as #desk:example.org")[0], safe="")


def signing_secret(text: str) -> str:
    """Return a signing secret unchanged."""
    return _matched(_SIGNING, text, "is not a signing secret that begins with whsec_")[0]


def web_address(text: str) -> str:
    """Return an http(s) URL unchanged."""
    text = text.strip()
    if not text.lower().startswith(("https://", "http://")) or not host_of(text) or any(c.isspace() for c in text):
        raise ValueError("is not a web address such as https://example.org/hooks/wirewatch")
    return text


def any_address(text: str) -> str:
    """Return an Apprise address unchanged. Addresses that write on this machine are set in the watch file only."""
    text = text.strip()
    if text.lower().startswith(LOCAL):
        raise ValueError("is written on this machine: add terminal: and file: channels to the watch file yourself")
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) or any(char.isspace() for char in text):
        raise ValueError("is not an address such as signals://...")
    return text


def _matched(pattern: re.Pattern[str], text: str, message: str) -> re.Match[str]:
    found = pattern.fullmatch(text.strip())
    if not found:
        raise ValueError(message)
    return found
