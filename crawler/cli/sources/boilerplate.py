"""`wirewatch sources boilerplate`: show the boilerplate learned for a site, and override it."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from crawler.cli.watchfile import DEFAULT, Json, WatchFile, loaded
from crawler.config import Source, set_source
from crawler.errors import StateError
from crawler.text.shown import clean

BOILERPLATE_EPILOG = """Examples:

  wirewatch sources boilerplate bbc-world

  wirewatch sources boilerplate bbc-world --keep "Our reporter writes from Nairobi."

  wirewatch sources boilerplate bbc-world --drop "Send us your photos"
"""


def boilerplate(
    source_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a source in the watch file.")],
    keep: Annotated[list[str] | None, typer.Option(help="A line to keep in articles; repeatable.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="A line to remove from articles; repeatable.")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Discard the learned lines and start again.")] = False,
    watch: WatchFile = DEFAULT,
    as_json: Json = False,
) -> None:
    """Show the repeated lines that are removed from the articles of a site; permanently keep or drop lines.

    Kept and dropped lines are stored in the watch file, under `extract:` of the source.
    """
    from crawler.dedupe.urls import registered_domain  # noqa: PLC0415
    from crawler.spiders.base import find_source  # noqa: PLC0415  Scrapy takes a while to import

    source = find_source(loaded(watch), source_id)
    if keep or drop:
        set_source(watch, source_id, "extract", _with(source, keep or [], drop or []))
        source = find_source(loaded(watch), source_id)
    site = registered_domain(source.url)
    learned = asyncio.run(_learned(site, forget=forget))
    kept, dropped = (source.extract.keep, source.extract.drop) if source.extract else ((), ())
    if as_json:
        report = {"site": site, "learned": list(learned), "keep": list(kept), "drop": list(dropped)}
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    for heading, lines in (("learned", learned), ("kept by you", kept), ("dropped by you", dropped)):
        for line in lines:
            typer.echo(f"{heading:15} {clean(line)}")
    if not (learned or kept or dropped):
        typer.echo(f"No boilerplate learned for {site} yet: a line is learned when two different articles contain it.")


def _with(source: Source, keep: list[str], drop: list[str]) -> dict[str, object]:
    """Return the source's `extract` with these lines added; a line is either kept or dropped."""
    before = source.extract.model_dump(mode="json", exclude_defaults=True) if source.extract else {}
    kept = [line for line in before.pop("keep", []) if line not in drop] + keep
    dropped = [line for line in before.pop("drop", []) if line not in keep] + drop
    lists = {"keep": list(dict.fromkeys(kept)), "drop": list(dict.fromkeys(dropped))}
    return before | {name: lines for name, lines in lists.items() if lines}


async def _learned(site: str, *, forget: bool) -> tuple[str, ...]:
    from crawler.extensions.context import places_of  # noqa: PLC0415  as above
    from crawler.service.worker.project import project_settings  # noqa: PLC0415
    from crawler.state import State  # noqa: PLC0415

    url = places_of(project_settings()).service_url
    if not url:
        raise StateError(
            "learned lines are stored in Redis, which is not running: start `wirewatch run` first", subject=site
        )
    state = State.connect(url, retries=2)
    try:
        if forget:
            await state.boilerplate.forget(site)
        return tuple((await state.boilerplate.lines(site)).values())
    finally:
        await state.close()
