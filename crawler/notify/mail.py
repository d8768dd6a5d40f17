"""The e-mail of an alert: text and HTML, with headers for threading and sorting."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache, partial
from importlib import resources
from re import compile as pattern

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from crawler.items import Alert
from crawler.notify.digest import by_rule, compose
from crawler.notify.message import MAX_EXCERPT, MAX_EXCERPTS, Dispatch, cut, headline, one_line, origin, own_page
from crawler.notify.planning import Form

MAX_LISTED = 500  # alerts in one mail
_HIT = pattern("«([^«»]*)»")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipients of a mail. Addresses are plain (user@host)."""

    sender: str
    to: tuple[str, ...]
    channel: str

    @property
    def domain(self) -> str:
        """The part of message ids after the @."""
        return self.sender.rpartition("@")[2]


def write_mail(dispatch: Dispatch, envelope: Envelope, *, zone: tzinfo = UTC) -> EmailMessage:
    """Return the mail. The same dispatch has the same Message-ID, so that a repeat is recognized."""
    message = compose(dispatch, zone=zone)
    mail = EmailMessage(policy=SMTP)
    user, _, domain = envelope.sender.rpartition("@")
    mail["From"] = Address("Wirewatch", user, domain)
    mail["To"] = ", ".join(envelope.to)
    mail["Subject"] = one_line(message.title)
    mail["Date"] = format_datetime(dispatch.created.astimezone(zone))
    for name, value in threading(dispatch, envelope.domain):
        mail[name] = value
    mail["List-Id"] = f"Wirewatch {envelope.channel} <{envelope.channel}.wirewatch.{envelope.domain}>"
    mail["List-Unsubscribe"] = f"<mailto:{envelope.sender}?subject=unsubscribe%20{envelope.channel}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(html(dispatch, envelope.channel, zone), subtype="html")
    return mail


def threading(dispatch: Dispatch, domain: str) -> list[tuple[str, str]]:
    """Return the headers Message-ID, In-Reply-To and References.

    The first alert of a rule about a story has the thread's id, to which later ones refer (RFC 5322, 3.6.4).
    """
    alert = dispatch.alerts[0]
    if dispatch.form is not Form.ALERT or not alert.story:
        return [("Message-ID", f"<{dispatch.id}@{domain}>")]
    thread = hashlib.blake2b(f"{alert.rule}\n{alert.story}".encode("utf-8", "replace"), digest_size=12).hexdigest()
    root = f"<story.{thread}@{domain}>"
    if alert.kind == "new":
        return [("Message-ID", root)]
    return [("Message-ID", f"<{dispatch.id}@{domain}>"), ("In-Reply-To", root), ("References", root)]


def html(dispatch: Dispatch, channel: str, zone: tzinfo) -> str:
    """Return the HTML part: no images, no links except to the articles, readable without style sheets."""
    message = compose(dispatch, zone=zone)
    listed = dispatch.alerts[:MAX_LISTED]
    shown = partial(_shown, zone=zone, home=dispatch.home)
    return _template().render(
        title=message.title,
        own=dispatch.text,
        in_full=len(listed) == 1 or dispatch.form is Form.GROUP,
        groups=[(one_line(rule), [shown(alert) for alert in alerts]) for rule, alerts in by_rule(dispatch)],
        alerts=[shown(alert) for alert in listed],
        channel=channel,
    )


def _shown(alert: Alert, *, zone: tzinfo, home: str) -> dict[str, object]:
    link = one_line(alert.url)
    return {
        "rule": one_line(alert.rule),
        "headline": cut(headline(alert), 300),
        "source": origin(alert),
        "excerpts": [marked(one_line(excerpt)) for excerpt in alert.excerpts[:MAX_EXCERPTS]],
        "published": f"{alert.published.astimezone(zone):%a %d %b %Y, %H:%M %Z}" if alert.published else "",
        "found": f"{alert.matched.astimezone(zone):%a %d %b %Y, %H:%M %Z}",
        "clock": f"{alert.matched.astimezone(zone):%d %b %H:%M}",
        "url": link if link.startswith(("http://", "https://")) else "",
        "page": own_page(alert, home),
    }


def marked(excerpt: str) -> Markup:
    """Return an excerpt with its «hits» in <mark>; everything else is escaped."""
    parts: list[Markup] = []
    at = 0
    excerpt = cut(excerpt, MAX_EXCERPT)
    for hit in _HIT.finditer(excerpt):
        parts += [Markup.escape(excerpt[at : hit.start()]), Markup('<mark style="{}">{}</mark>').format(_MARK, hit[1])]
        at = hit.end()
    return Markup("").join([*parts, Markup.escape(excerpt[at:])])


_MARK = "background:#ffe08a;color:#1d2129;padding:0 2px;border-radius:3px"


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(resources.files("crawler.notify").joinpath("mail.html").read_text("utf-8"))


def addresses(text: Sequence[str]) -> tuple[str, ...]:
    """Return plain mail addresses without white space. Raises ValueError for an invalid address."""
    found = tuple(one.strip() for part in text for one in part.split(",") if one.strip())
    for one in found:
        user, at, domain = one.rpartition("@")
        if not (user and at and domain) or any(
            char.isspace() or not char.isprintable() or char in "<>,;" for char in one
        ):
            raise ValueError(one)
    return found
