"""The services that people use most: their fields, and the address of a channel that follows from them, both ways.

A field that is secret appears in an address as `${NAME}`; its value is in the secrets file or in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from crawler.usecases.channels import mail_address
from crawler.usecases.channels.values import (
    addresses,
    any_address,
    chat,
    discord,
    google_chat,
    matrix_room,
    mattermost,
    one_word,
    server,
    signing_secret,
    slack,
    teams,
    telegram_token,
    web_address,
)

REFERENCE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
Values = Mapping[str, str]
_WHOLE: Final = r".+"
_PART: Final = r"(?:\$\{\w+\}|[^/?#$]|(?<=[^/]{3})/(?=[^/?]+/))+?"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a service. `clean` returns the text for the address, or raises ValueError with a message.

    `choices`: the allowed values, each with its name; empty for free text.
    """

    name: str
    label: str
    clean: Callable[[str], str] = one_word
    secret: bool = False
    required: bool = True
    example: str = ""
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A service. `templates`: its addresses, with `{field}`; the first whose fields are all given is used.

    `schemes`: for `{scheme}`, the encrypted and the plain one. `steps`: how to get what the form asks for.
    """

    key: str
    name: str
    fields: tuple[Field, ...]
    templates: tuple[str, ...] = ()
    schemes: tuple[str, str] = ("", "")
    steps: str = ""

    @property
    def secret_fields(self) -> tuple[Field, ...]:
        """The fields that are never shown."""
        return tuple(field for field in self.fields if field.secret)


_SECURITY = (("starttls", "STARTTLS (port 587)"), ("ssl", "TLS (port 465)"), ("none", "none (port 25)"))
SERVICES: Final = (
    Service(
        "mail",
        "E-mail",
        (
            Field("to", "To", addresses, example="desk@example.org", help="Separate several addresses with commas."),
            Field("server", "Mail server", mail_address.host, example="smtp.example.org"),
            Field("security", "Encryption", choices=_SECURITY),
            Field("user", "User name", required=False, example="alerts@example.org"),
            Field("password", "Password", secret=True, required=False),
            Field("from", "From", addresses, required=False, help="If empty, the user name."),
        ),
        steps="Use the outgoing (SMTP) settings of your mail account. Your provider lists them under “mail programs”.",
    ),
    Service(
        "slack",
        "Slack",
        (Field("webhook", "Webhook URL", slack, secret=True, example="https://hooks.slack.com/services/..."),),
        ("slack://{webhook}",),
        steps="In Slack: Apps, Incoming Webhooks, Add to Slack, choose the channel, copy the webhook URL.",
    ),
    Service(
        "teams",
        "Microsoft Teams",
        (Field("webhook", "Workflow URL", teams, secret=True, example="https://...logic.azure.com/workflows/..."),),
        ("workflow://{webhook}",),
        steps="In Teams: the channel's … menu, Workflows, “Post to a channel when a webhook request is received”, "
        "copy the URL.",
    ),
    Service(
        "telegram",
        "Telegram",
        (
            Field("token", "Bot token", telegram_token, secret=True, example="123456:ABC-DEF..."),
            Field("chat", "Chat", chat, example="-1001234567890 or @channel", help="The id of a chat, or a channel."),
        ),
        ("tgram://{token}/{chat}",),
        steps="In Telegram: write /newbot to @BotFather, copy the token, and add the bot to your chat.",
    ),
    Service(
        "discord",
        "Discord",
        (Field("webhook", "Webhook URL", discord, secret=True, example="https://discord.com/api/webhooks/..."),),
        ("discord://{webhook}",),
        steps="In Discord: the channel's settings, Integrations, Webhooks, New Webhook, Copy Webhook URL.",
    ),
    Service(
        "ntfy",
        "ntfy",
        (
            Field("topic", "Topic", example="newsdesk-7f3k2", help="Choose one that is hard to guess."),
            Field("server", "Server", server, example="ntfy.sh"),
            Field("token", "Access token", secret=True, required=False, example="tk_..."),
        ),
        ("{scheme}://{token}@{server}/{topic}", "{scheme}://{server}/{topic}"),
        ("ntfys", "ntfy"),
        steps="In the ntfy app: subscribe to the same topic. An access token is only needed for a protected topic.",
    ),
    Service(
        "matrix",
        "Matrix",
        (
            Field("server", "Homeserver", server, example="matrix.example.org"),
            Field("room", "Room", matrix_room, example="#desk:example.org"),
            Field("token", "Access token", secret=True),
        ),
        ("{scheme}://{token}@{server}/{room}",),
        ("matrixs", "matrix"),
        steps="Create a user for Wirewatch, invite it to the room, and copy its access token.",
    ),
    Service(
        "mattermost",
        "Mattermost",
        (
            Field("server", "Server", server, example="chat.example.org"),
            Field("webhook", "Webhook URL", mattermost, secret=True, example="https://chat.example.org/hooks/..."),
        ),
        ("{scheme}://{server}/{webhook}",),
        ("mmosts", "mmost"),
        steps="In Mattermost: Integrations, Incoming Webhooks, Add, choose the channel, copy the URL.",
    ),
    Service(
        "pushover",
        "Pushover",
        (Field("user", "User key", secret=True), Field("token", "API token of an application", secret=True)),
        ("pover://{user}@{token}",),
        steps="On pushover.net: copy your user key, create an application, and copy its API token.",
    ),
    Service(
        "gchat",
        "Google Chat",
        (
            Field(
                "webhook", "Webhook URL", google_chat, secret=True, example="https://chat.googleapis.com/v1/spaces/..."
            ),
        ),
        ("gchat://{webhook}",),
        steps="In Google Chat: the space's menu, Apps & integrations, Webhooks, Add, copy the URL.",
    ),
    Service(
        "gotify",
        "Gotify",
        (
            Field("server", "Server", server, example="gotify.example.org"),
            Field("token", "App token", secret=True),
        ),
        ("{scheme}://{server}/{token}",),
        ("gotifys", "gotify"),
        steps="In Gotify: Apps, Create application, copy its token.",
    ),
    Service(
        "webhook",
        "Webhook",
        (
            Field("url", "URL", web_address, secret=True, example="https://example.org/hooks/wirewatch"),
            Field(
                "signing",
                "Signing secret",
                signing_secret,
                secret=True,
                required=False,
                example="whsec_...",
                help="whsec_ and the output of: openssl rand -base64 32",
            ),
        ),
        ("{url}",),
        steps="Messages are signed JSON according to Standard Webhooks.",
    ),
    Service(
        "other",
        "Another service",
        (Field("address", "Apprise address", any_address, secret=True, example="signals://..."),),
        ("{address}",),
        steps="About a hundred more services have an address in the Apprise wiki.",
    ),
)
BY_KEY: Final = {service.key: service for service in SERVICES}


@dataclass(frozen=True, slots=True)
class Addressed:
    """The service of an address, and the parts of the address by field, as in the file: encoded, with `${NAME}`."""

    service: Service
    parts: Values


def address_of(service: Service, parts: Values) -> str:
    """Return the address for parts that are already cleaned. Raises ValueError with a message."""
    if service.key == "mail":
        return mail_address.build(parts)
    given = {name: part for name, part in parts.items() if part}
    if service.schemes[0]:
        plain = given.get("server", "").startswith("http://")
        given["scheme"] = service.schemes[plain]
        given["server"] = given.get("server", "").removeprefix("http://")
    template = next(one for one in service.templates if set(re.findall(r"{(\w+)}", one)) <= given.keys())
    return re.sub(r"{(\w+)}", lambda found: given[found[1]], template)


def addressed(raw: str, expanded: str) -> Addressed:
    """Return the service and parts of the address of a channel: as in the file, and with the values of `${NAME}`."""
    if (parts := mail_address.parse(raw)) is not None:
        return Addressed(BY_KEY["mail"], parts)
    for service in SERVICES:
        if service.key in {"mail", "webhook", "other"}:
            continue
        for pattern in _patterns(service):
            if found := pattern.fullmatch(raw):
                parts = {name: part for name, part in found.groupdict().items() if part is not None}
                if parts.pop("scheme", "") == service.schemes[1] and service.schemes[1]:
                    parts["server"] = f"http://{parts['server']}"
                return Addressed(service, parts)
    key, name = ("webhook", "url") if expanded.lower().startswith(("http:", "https:")) else ("other", "address")
    return Addressed(BY_KEY[key], {name: raw})


@cache
def _patterns(service: Service) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a service's addresses."""
    patterns = []
    for template in service.templates:
        literals = re.split(r"{(\w+)}", template)
        names, only = literals[1::2], template.endswith("://{webhook}") and not service.schemes[0]
        groups = [f"(?P<{name}>{_WHOLE if only else _PART})" for name in names]
        if names[0] == "scheme":
            groups[0] = f"(?P<scheme>{'|'.join(service.schemes)})"
        pieces = zip((re.escape(one) for one in literals[::2]), [*groups, ""], strict=True)
        patterns.append(re.compile("".join(piece for pair in pieces for piece in pair)))
    return tuple(patterns)
