"""`wirewatch quarantine`: list, retry and remove pages that crashed or hung the process that read them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.items.printing import clock
from crawler.cli.watchfile import DEFAULT, Json, WatchFile, loaded
from crawler.config import Watch
from crawler.dedupe.urls import url_key
from crawler.extensions.context import places_of
from crawler.runtime import Runtime
from crawler.service.worker.once import expect_redis
from crawler.service.worker.project import project_settings
from crawler.state import Quarantined, State
from crawler.text.shown import clean

T = TypeVar("T")

EPILOG = """Examples:

  wirewatch quarantine list

  wirewatch quarantine retry https://example.org/news/strange

  wirewatch quarantine forget --all
"""

app = typer.Typer(
    help="List, retry and remove quarantined pages: pages that crashed or hung their reader three times.",
    no_args_is_help=True,
    epilog=EPILOG,
)
Url = Annotated[str | None, typer.Argument(metavar="URL", help="A quarantined page.")]
All = Annotated[bool, typer.Option("--all", help="Select all quarantined pages.")]


@app.command("list")
def list_pages(as_json: Json = False) -> None:
    """List quarantined pages, newest first, with their source and the reason."""
    pages = asyncio.run(_listed())
    if as_json:
        typer.echo(json.dumps([_as_json(page) for page in pages], ensure_ascii=False))
    elif not pages:
        typer.echo("Nothing is quarantined.", err=True)
    else:
        Console(highlight=False).print(_table(pages))


@app.command("retry")
def retry(url: Url = None, everything: All = False, watch: WatchFile = DEFAULT) -> None:
    """Release a page from quarantine. It gets three more attempts when its source lists it again."""
    sources = loaded(watch) if watch.exists() else Watch()
    count = asyncio.run(_with_state(lambda runtime: release(runtime, url, everything=everything, retry_with=sources)))
    typer.echo(f"{count} released: the next crawl that finds {'it' if count == 1 else 'them'} listed will retry.")


@app.command("forget")
def forget(url: Url = None, everything: All = False) -> None:
    """Remove a page from quarantine. It is not read again."""
    count = asyncio.run(_with_state(lambda runtime: release(runtime, url, everything=everything, retry_with=None)))
    typer.echo(f"{count} removed from quarantine.")


async def _listed() -> list[Quarantined]:
    """Return the quarantined pages; a running Redis is enough, without a database. Raises StateError."""
    places = places_of(project_settings())
    await expect_redis(places.redis_url)
    url = places.service_url
    if not url:
        return await _with_state(lambda runtime: runtime.state.attempts.quarantined())
    state = State.connect(url)
    try:
        return await state.attempts.quarantined()
    finally:
        await state.close()


async def _with_state(work: Callable[[Runtime], Awaitable[T]]) -> T:
    places = places_of(project_settings())
    await expect_redis(places.redis_url)
    runtime = await Runtime.open(Watch(), places, owner=False, extracts=False)
    try:
        return await work(runtime)
    finally:
        await runtime.close()


async def release(runtime: Runtime, url: str | None, *, everything: bool, retry_with: Watch | None) -> int:
    """Release pages from quarantine; return their number. `retry_with`: the watch file, if they are to be retried."""
    if (url is None) != everything:
        raise typer.BadParameter("expected the URL of one page, or --all")
    attempts = runtime.state.attempts
    pages = [page for page in await attempts.quarantined() if everything or page.url == url]
    if url is not None and not pages:
        raise typer.BadParameter(f"{url} is not in quarantine: run `wirewatch quarantine list`")
    for page in pages:
        if retry_with is not None:
            await _forget_page(runtime, page, retry_with)
        await attempts.take_off(page.key)
    return len(pages)


async def _forget_page(runtime: Runtime, page: Quarantined, watch: Watch) -> None:
    """Forget the attempts and the seen mark of a page, and the validators of the listings that may name it."""
    state = runtime.state
    await state.attempts.forget([page.key])
    await state.urls.forget(page.key, datetime.now(UTC))
    source = watch.source_by_id.get(page.source)
    for listing in {page.listing, source.url if source else ""} - {""}:
        await state.http.forget(url_key(listing))


def _as_json(page: Quarantined) -> dict[str, object]:
    since = page.since.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {name: value for name, value in asdict(page).items() if name != "key"} | {"since": since}


def _table(pages: list[Quarantined]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("since", "source", "page", "why"):
        table.add_column(heading, overflow="fold")
    now = datetime.now().astimezone()
    for page in pages:
        table.add_row(clock(page.since, now), *(Text(clean(part)) for part in (page.source, page.url, page.why)))
    return table
