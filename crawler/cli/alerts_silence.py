"""`wirewatch alerts silence`: nothing about a rule, a story or a source until a time."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from crawler.cli.items_filter import open_archive
from crawler.cli.plain import clean
from crawler.cli.watchfile import Json
from crawler.notify.message import rfc3339

_AHEAD = re.compile(r"(\d{1,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
EPILOG = """Examples:

  wirewatch alerts silence --rule floods --until 2d

  wirewatch alerts silence                        list current silences

  wirewatch alerts silence --rule floods --end
"""


def silence(
    rule: Annotated[str | None, typer.Option("--rule", "-r", help="Id of a rule.")] = None,
    story: Annotated[str | None, typer.Option("--story", help="Key of a story, as shown by `alerts show`.")] = None,
    source: Annotated[str | None, typer.Option("--source", "-s", help="Id of a source.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="2h, 3d, 2w, or 2026-12-01.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the silence now.")] = False,
    as_json: Json = False,
) -> None:
    """Send nothing about a rule, a story or a source until a time; list silences without options.

    Alerts are raised and listed all the same.
    """
    now = datetime.now(UTC)
    chosen = [(what, name) for what, name in (("rule", rule), ("story", story), ("source", source)) if name]
    if len(chosen) > 1 or bool(chosen) != bool(until or end) or (until and end):
        raise typer.BadParameter("expected one of --rule, --story or --source, and either --until or --end")
    with open_archive() as archive:
        for what, name in chosen:
            if end:
                ended = archive.outbox.end_silences(what, name)
                typer.echo(f"{what} {clean(name)} {'is no longer silenced' if ended else 'was not silenced'}.")
            else:
                archive.outbox.add_silence(what, name, ahead(until or "", now), now)
        silences = archive.outbox.silences(now)
    if as_json:
        rows = [{"what": one.what, "name": one.name, "until": rfc3339(one.until)} for one in silences]
        typer.echo(json.dumps(rows, ensure_ascii=False))
    elif not end:
        for one in silences:
            typer.echo(f"{one.what} {clean(one.name)} is silenced until {one.until.astimezone():%Y-%m-%d %H:%M %Z}.")
        if not silences:
            typer.echo("No silences.")


def ahead(text: str, now: datetime) -> datetime:
    """`2h` (from now), a date or a time; local time unless it names a zone. Raises BadParameter for the past too."""
    try:
        if found := _AHEAD.fullmatch(text.strip().lower()):
            until = now + timedelta(**{_UNITS[found[2]]: int(found[1])})
        else:
            until = datetime.fromisoformat(text.strip().upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is not a time in the future: write 2h, 3d, 2w or 2026-12-01") from error
    if until <= now:
        raise typer.BadParameter(f"{text!r} is in the past")
    return until
