"""`wirewatch tokens`: access tokens for programs and feed readers."""

from __future__ import annotations

import json
import os
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.archive import Archive
from crawler.archive.queries.tokens import PREFIX, ApiToken, Scope
from crawler.cli.items.options import database_url
from crawler.cli.watchfile import Json
from crawler.errors import ArchiveError
from crawler.text.shown import clean
from settings import env

app = typer.Typer(help="Manage access tokens for the API and for feed readers.", no_args_is_help=True)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_LIFETIME = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_SECRET_BYTES = 32
EPILOG = """Examples:

  wirewatch tokens add laptop

  wirewatch tokens add newsroom-bot --scope write --scope crawl --expires 90d

The token is shown once. Send it as `Authorization: Bearer TOKEN`; in a feed reader as the password, or as ?token=TOKEN.
"""
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the client: letters, digits, - _ . @")]


@app.command("add", epilog=EPILOG)
def add(
    name: Name,
    scope: Annotated[
        list[Scope] | None,
        typer.Option("--scope", "-s", help="read, write (includes read), crawl or admin; repeatable."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="90d", help="Lifetime: 12h, 90d, 52w. [default: no expiry]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a token and show it once."""
    if not _NAME.fullmatch(name):
        raise typer.BadParameter(f"{clean(name)!r}: a name has letters, digits, - _ . @ only")
    now = datetime.now(UTC)
    until = now + lifetime(expires) if expires else None
    token = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    with Archive.open(database_url()) as archive:
        created = archive.tokens.add(name, token, scope or [Scope.READ], now, until)
    if created is None:
        raise ArchiveError(
            f"a token of this name exists; revoke it first: `wirewatch tokens revoke {name}`", subject=name
        )
    if as_json:
        typer.echo(json.dumps(token_json(created) | {"token": token}))
        return
    typer.echo(token)
    typer.echo(f"This token is shown only once. {_summary(created)}", err=True)


@app.command("list")
def list_tokens(as_json: Json = False) -> None:
    """List tokens with their scopes and expiry."""
    with Archive.open(database_url(), create=False) as archive:
        found = archive.tokens.listed()
    if as_json:
        typer.echo(json.dumps([token_json(one) for one in found]))
        return
    if not found:
        typer.echo("No tokens. Create one with `wirewatch tokens add NAME`.", err=True)
        return
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("name", "scopes", "created", "expires"):
        table.add_column(heading)
    for one in found:
        expired = one.expires is not None and one.expires <= now
        cells = (clean(one.name), " ".join(sorted(one.scopes)), _day(one.created), _day(one.expires) or "never")
        table.add_row(*map(Text, cells), style="dim" if expired else "")
    Console(highlight=False).print(table)


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the token, as listed.")]) -> None:
    """Revoke a token. Requests with it are refused immediately."""
    with Archive.open(database_url(), create=False) as archive:
        if not archive.tokens.revoke(name):
            raise ArchiveError("no such token; run `wirewatch tokens list` to see names", subject=clean(name))
    typer.echo(f"Revoked {clean(name)}.")


def lifetime(text: str) -> timedelta:
    """Return the duration `12h`, `90d` or `52w`. Raises BadParameter."""
    found = _LIFETIME.fullmatch(text.strip().lower())
    if not found or not int(found[1]):
        raise typer.BadParameter(f"{text!r}: write 12h, 90d or 52w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def token_json(one: ApiToken) -> dict[str, Any]:
    """Return a token for programs, without its secret."""
    return {
        "name": one.name,
        "scopes": sorted(one.scopes),
        "created": one.created.isoformat(),
        "expires": one.expires.isoformat() if one.expires else None,
    }


def _summary(one: ApiToken) -> str:
    until = f"until {_day(one.expires)}" if one.expires else "until it is revoked"
    try:
        home = env.web_url(os.environ)
    except ValueError:
        home = ""
    where = f" Feeds: {home or 'http://127.0.0.1:8765'}/feeds.opml?token=..." if one.allows(Scope.READ) else ""
    return f"Scopes: {', '.join(sorted(one.scopes))}. Valid {until}.{where}"


def _day(time: datetime | None) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}" if time else ""
