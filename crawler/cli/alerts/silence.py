"""`wirewatch alerts silence`: silence a rule, a story or a source until a time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from crawler.cli.items.options import ahead_of, open_archive
from crawler.cli.rules.common import watch_or_none
from crawler.cli.watchfile import DEFAULT, Json, WatchFile
from crawler.config import Watch
from crawler.notify.message import rfc3339
from crawler.text.shown import clean
from crawler.usecases import silences as usecase
from crawler.usecases.times import AHEAD_EXAMPLES

EPILOG = """Examples:

  wirewatch alerts silence --rule floods --until 2d

  wirewatch alerts silence                        list current silences

  wirewatch alerts silence --rule floods --end
"""


def silence(
    rule: Annotated[str | None, typer.Option("--rule", "-r", help="Id of a rule.")] = None,
    story: Annotated[str | None, typer.Option("--story", help="Key of a story, as shown by `alerts show`.")] = None,
    source: Annotated[str | None, typer.Option("--source", "-s", help="Id of a source.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help=f"{AHEAD_EXAMPLES}.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the silence now.")] = False,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Silence a rule, a story or a source until a time; without options, list the silences.

    Silenced alerts are still raised and listed, but not sent.
    """
    now = datetime.now(UTC)
    known = watch_or_none(watch) or Watch()
    chosen = [(what, name) for what, name in (("rule", rule), ("story", story), ("source", source)) if name]
    if len(chosen) > 1 or bool(chosen) != bool(until or end) or (until and end):
        raise typer.BadParameter("expected one of --rule, --story or --source, and either --until or --end")
    with open_archive() as archive:
        for what, name in chosen:
            if end:
                try:
                    ended = usecase.lift(archive, known, what, name, now)
                except ValueError as error:
                    raise typer.BadParameter(str(error)) from error
                typer.echo(f"{what} {clean(name)} {'is no longer silenced' if ended else 'was not silenced'}.")
            else:
                archive.outbox.add_silence(what, name, ahead_of(until or "", now), now)
        silences = usecase.silences(archive, known, now)
    if as_json:
        rows = [
            {"what": one.what, "name": one.name, "until": rfc3339(one.until), "in_watch_file": one.in_watch_file}
            for one in silences
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
    elif not end:
        for one in silences:
            by = ", set in the watch file" if one.in_watch_file else ""
            typer.echo(
                f"{one.what} {clean(one.name)} is silenced until {one.until.astimezone():%Y-%m-%d %H:%M %Z}{by}."
            )
        if not silences:
            typer.echo("No silences.")
