"""How a listing is recorded: under which name and address, and what was answered."""

from __future__ import annotations

from datetime import datetime

from scrapy import Request
from scrapy.http import Response

from crawler.config import Source
from crawler.items import ReadListing
from crawler.spiders.sniff import Kind


def answer_of(answered: Response | Request, source: Source | None, now: datetime) -> ReadListing:
    """Return the record of a listing of which nothing is known but its answer; of a request, that it had none."""
    request, status = (answered.request, answered.status) if isinstance(answered, Response) else (answered, 0)
    if request is None:
        return ReadListing("address", answered.url, now, status)
    address: str = next(iter(request.meta.get("redirect_urls", ())), request.url)
    return ReadListing(_name(request, address, source), address, now, status)


def _name(request: Request, address: str, source: Source | None) -> str:
    kind = request.cb_kwargs.get("kind")
    if kind is Kind.SITE or (kind is Kind.SECTION and source is not None and address == source.url != ""):
        return "home" if source is None or Kind(source.kind) is Kind.SITE else "section"
    return "child" if request.cb_kwargs.get("depth") else kind.value if kind else "address"
