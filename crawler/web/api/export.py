"""Bulk export: all articles that match the filters, oldest first, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from crawler.archive import ArticleRow, ItemFilter, Order
from crawler.archive.files.export import chunks
from crawler.archive.files.formats import Format
from crawler.rules import Matcher, Scanner
from crawler.web.api.access import READ
from crawler.web.api.filters import Chosen
from crawler.web.api.problems import responses
from crawler.web.site import Site, SiteOf

MEDIA = {
    Format.JSONL: "application/x-ndjson",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
}
_SCHEMA = {"schema": {"type": "string"}}

router = APIRouter(tags=["export"], dependencies=[READ])


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "description": "One article per line or row, with all fields.",
            "content": {kind.partition(";")[0]: _SCHEMA for kind in MEDIA.values()},
        },
        **responses(),
    },
)
def export(
    site: SiteOf,
    chosen: Chosen,
    format: Annotated[Literal["jsonl", "csv", "parquet"], Query(description="Output format.")] = "jsonl",  # noqa: A002
    raw: Annotated[
        bool,
        Query(
            description="Write CSV cells unchanged. By default, cells that spreadsheets run as formulas get a ' prefix."
        ),
    ] = False,
) -> Response:
    """Export articles as a stream of JSON Lines, CSV or Parquet, without a limit and with bounded memory use."""
    rule = chosen.query(site.watch_file.read().watch)
    kind = Format(format)
    rows = _rows(site, Scanner(rule) if rule else None, chosen.items(site.now(), Order.OLDEST))
    headers = {"Content-Disposition": f'attachment; filename="articles.{kind.value}"'}
    return StreamingResponse(chunks(rows, kind, raw=raw), media_type=MEDIA[kind], headers=headers)


def _rows(site: Site, matcher: Matcher | None, selection: ItemFilter) -> Iterator[ArticleRow]:
    if matcher is None:
        return site.archive.items(selection)
    return (row for row, _ in site.archive.search(matcher, selection, bodies=True))
