"""The types of values in a watch file, with parsers whose errors contain a correction.

Every parser takes the text and returns the value, or raises `InvalidValue`. `kind()` turns it into a pydantic type.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from datetime import time, timedelta
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import re2
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from crawler.config.cron import EXAMPLE, read_cron
from crawler.config.invalid_value import InvalidValue
from crawler.networks import host_of

ADAPTIVE = "adaptive"
UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|[smhdw])")
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
LANGUAGE = re.compile(r"[a-z]{2,3}")
LIMIT = re.compile(r"([0-9]{1,6})/([0-9a-z]{2,12})")
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-3]):([0-5][0-9])")
EXAMPLES = {
    "duration": "10m",
    "cron": EXAMPLE,
    "time zone": "Africa/Nairobi",
    "URL": "https://example.org/news",
    "host": "intranet.example.org",
    "id": "bbc-world",
    "language": "en",
    "quiet hours": "22:00-06:00",
    "limit": "20/1h",
    "pattern": "/news/",
    "size": "20GB",
}


def kind(name: str, read: Callable[[str], object], **schema: Any) -> tuple[BeforeValidator, WithJsonSchema]:
    """Turn a parser into a pydantic annotation; values other than text are rejected with an example."""

    def validate(value: object) -> object:
        try:
            return read(_text(value, name))
        except InvalidValue as error:
            context = {"found": error.found, "fix": error.fix, "column": error.column}
            raise PydanticCustomError("invalid_value", "{found}", context) from None

    return BeforeValidator(validate), WithJsonSchema({"type": "string", "examples": [EXAMPLES[name]], **schema})


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        units = (
            f', with a unit: for example "{value}s"' if name == "duration" and isinstance(value, int | float) else ""
        )
        article = "" if name.endswith("s") else "an " if name[0] in "aei" else "a "
        raise InvalidValue(
            f"expected {article}{name}, found {shape(value)}", f'write for example "{EXAMPLES[name]}"{units}'
        )
    return value


def shape(value: object) -> str:
    """Describe the type of a value for a message."""
    if value is None:
        return "nothing"
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "keys and values",
    }
    return names.get(type(value), "a value")


def read_duration(text: str, *, low: timedelta = timedelta(0), high: timedelta = timedelta(days=3650)) -> timedelta:
    """Parse `90s`, `10m`, `1h30m`, `250ms`, `2d`, `1.5h`: each unit once, from large to small."""
    pieces = PART.findall(text)
    units = [unit for _, unit in pieces]
    in_order = units == sorted(set(units), key=lambda unit: -UNITS_S[unit])
    if not pieces or "".join(map("".join, pieces)) != text.replace(" ", "") or not in_order:
        raise InvalidValue("not a duration", "write a number with a unit (s, m, h, d): 90s, 10m, 1h30m, 2d")
    value = timedelta(seconds=sum(float(number) * UNITS_S[unit] for number, unit in pieces))
    if value < low:
        raise InvalidValue("too short", f"write {show_duration(low)} or more")
    if value > high:
        raise InvalidValue("too long", f"write {show_duration(high)} or less")
    return value


def show_duration(value: timedelta) -> str:
    """Format a duration as in the watch file: `1h30m`."""
    rest_ms, shown = round(value / timedelta(milliseconds=1)), ""
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest_ms = divmod(rest_ms, round(UNITS_S[unit] * 1000))
        shown += f"{count}{unit}" if count else ""
    return shown or "0s"


def read_zone(text: str) -> str:
    """Parse a name of the IANA time zone database (`Europe/Berlin`, `UTC`)."""
    if text in _zones():
        return text
    by_fold = {name.casefold(): name for name in _zones()}
    folded = text.strip().casefold().replace(" ", "_")
    last_parts = {name.rpartition("/")[2]: whole for name, whole in sorted(by_fold.items(), reverse=True)}
    near = difflib.get_close_matches(folded[:64], [*by_fold, *last_parts], n=1, cutoff=0.7)
    nearest = by_fold.get(near[0]) or last_parts[near[0]] if near else EXAMPLES["time zone"]
    raise InvalidValue("unknown time zone", f"write {nearest}" if near else f"write for example {nearest}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_url(text: str) -> str:
    """Parse an absolute http(s) URL without user name and password."""
    if not text or any(char.isspace() or not char.isprintable() for char in text):
        raise InvalidValue("not a URL", f"write for example {EXAMPLES['URL']}, without spaces")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidValue("not a URL: invalid host or port", f"write for example {EXAMPLES['URL']}") from None
    if not parts.netloc and "://" not in text and "." in text.split("/", 1)[0].split(":", 1)[0]:
        raise InvalidValue("the URL has no https://", f"write https://{text}")
    if parts.scheme not in {"http", "https"}:
        raise InvalidValue(
            f"unsupported URL scheme {parts.scheme}:" if parts.scheme else "not a URL", "write an https:// address"
        )
    if not host:
        raise InvalidValue("the URL has no host", f"write for example {EXAMPLES['URL']}")
    if parts.username is not None:
        raise InvalidValue("the URL contains a user name or password", 'use headers: {Authorization: "${NAME}"}')
    return text


def read_host(text: str) -> str:
    """Parse a host: a name or an IP address, without scheme, port and path."""
    bare = text.strip("[]")
    host = host_of(f"[{bare}]" if ":" in bare else bare)
    if "://" not in text and host and not any(char.isspace() or char in "*@/?#%" for char in text):
        return host
    raise InvalidValue("not a host", f"write {host_of(text) or EXAMPLES['host']}")


def read_id(text: str) -> str:
    """Parse an id: lower-case letters, digits and hyphens, at most 64."""
    if ID.fullmatch(text):
        return text
    raise InvalidValue("not an id (lowercase letters, digits, hyphens)", f"write {slug(text) or EXAMPLES['id']}")


def slug(text: str) -> str:
    """Convert any text to an id: `Actualités BBC!` becomes `actualites-bbc`; "" if it has no Latin letter or digit."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text[:200].casefold()) if char.isascii())
    return re.sub(r"[^a-z0-9]+", "-", plain)[:64].strip("-")


def suggest_id(url: str) -> str:
    """Suggest an id for a URL: host without www and top-level domain, and the last word of the path, if any."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = parts.hostname or ""
    except ValueError:
        return EXAMPLES["id"]
    if host.replace(".", "").isdigit():
        return slug(host)
    labels = [part for part in host.split(".") if part not in {"www", "feeds", "feed", "rss", "news"}]
    names = [part for part in labels[:-1] if len(part) > 3 or part == labels[0]] or labels  # noqa: PLR2004
    words = [word.split(".")[0] for word in parts.path.split("/")]
    last = [word for word in words if word.lower() not in {"", "rss", "feed", "feeds", "index", "sitemap", "news"}][-1:]
    return slug("-".join([*names[:1], *last])) or EXAMPLES["id"]


def read_language(text: str) -> str:
    """Parse a language code (ISO 639), without a region: articles have only a language."""
    if LANGUAGE.fullmatch(text):
        return text
    short = text[:2].lower() if LANGUAGE.fullmatch(text[:2].lower()) and text[2:3] in {"", "-", "_"} else ""
    raise InvalidValue(
        "not a language code", f"write {short}" if short else "write two lowercase letters: en, ar, fr, sw"
    )


def read_quiet(text: str) -> str:
    """Parse quiet hours, `22:00-06:00`; they may cross midnight."""
    match = CLOCK.fullmatch(text.replace(" ", ""))
    if match is None:
        raise InvalidValue("not quiet hours", f'write "{EXAMPLES["quiet hours"]}"')
    start, end = (f"{int(match[n]):02}:{match[n + 1]}" for n in (1, 3))
    if start == end:
        raise InvalidValue("the quiet hours start and end at the same time", f'write "{EXAMPLES["quiet hours"]}"')
    return f"{start}-{end}"


def quiet_times(quiet: str) -> tuple[time, time]:
    """Return the local start and end of quiet hours as returned by `read_quiet`."""
    start, _, end = quiet.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def read_limit(text: str) -> str:
    """Parse a rate, `20/1h`: at most 20 messages an hour."""
    match = LIMIT.fullmatch(text.replace(" ", ""))
    if match is None or int(match[1]) < 1:
        raise InvalidValue("not a limit", f'write a number, a slash and a duration: "{EXAMPLES["limit"]}"')
    read_duration(match[2], low=timedelta(seconds=1), high=timedelta(days=7))
    return match[0]


def limit_rate(limit: str) -> tuple[int, timedelta]:
    """Return the count and the period of a limit as returned by `read_limit`."""
    count, _, span = limit.partition("/")
    return int(count), read_duration(span)


def read_pattern(text: str) -> str:
    """Parse a regular expression for RE2, which never backtracks, so that no page can stall a crawl."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        raise InvalidValue(f"not a regular expression ({reason})", "write part of a URL: /news/") from None
    if not text:
        raise InvalidValue("an empty pattern (it matches every URL)", "write part of a URL: /news/")
    return text


def span(low: timedelta, high: timedelta) -> tuple[BeforeValidator, WithJsonSchema, PlainSerializer]:
    """Return the annotation of a duration between `low` and `high`, serialized as `1h30m`."""
    before, schema = kind(
        "duration",
        lambda text: read_duration(text, low=low, high=high),
        pattern=r"^(\d+(\.\d+)?(ms|s|m|h|d|w) ?)+$",
        description=f"A number with a unit: s, m, h, d. From {show_duration(low)} to {show_duration(high)}.",
    )
    return before, schema, PlainSerializer(show_duration)


def interval(low: timedelta, high: timedelta) -> tuple[BeforeValidator, WithJsonSchema, PlainSerializer]:
    """Return the annotation of a duration between `low` and `high`, or the word `adaptive`, whose value is 0."""
    before, schema = kind(
        "duration",
        lambda text: timedelta(0) if text == ADAPTIVE else read_duration(text, low=low, high=high),
        pattern=rf"^({ADAPTIVE}|(\d+(\.\d+)?(ms|s|m|h|d|w) ?)+)$",
        description=f"A number with a unit: s, m, h, d, from {show_duration(low)} to {show_duration(high)}; "
        f"or {ADAPTIVE}, to override an interval of the defaults.",
    )
    return before, schema, PlainSerializer(lambda value: show_duration(value) if value else ADAPTIVE)


Cron = Annotated[str, *kind("cron", read_cron)]
Zone = Annotated[str, *kind("time zone", read_zone)]
Url = Annotated[str, *kind("URL", read_url, format="uri")]
Host = Annotated[str, *kind("host", read_host)]
Id = Annotated[str, *kind("id", read_id, pattern=f"^{ID.pattern}$")]
Pattern = Annotated[str, *kind("pattern", read_pattern)]
Language = Annotated[str, *kind("language", read_language)]
QuietHours = Annotated[str, *kind("quiet hours", read_quiet)]
Limit = Annotated[str, *kind("limit", read_limit)]
