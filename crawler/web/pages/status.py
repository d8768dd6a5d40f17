"""Status of the service, the archive, Redis, deliveries, channels and the disk."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response

from crawler.archive.queries.dashboard import MOST, Figures
from crawler.archive.queries.health import SourceProblem
from crawler.errors import ArchiveError, NotifyError, StateError
from crawler.usecases import deadlines
from crawler.usecases.channel_test import send_test, state_of
from crawler.usecases.vitals import Vitals, vitals
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

TEST_S = 30.0
PACKAGES = ("wirewatch", "scrapy", "trafilatura", "pydocket", "sqlalchemy", "apprise")

router = APIRouter()
ChannelId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


@dataclass(frozen=True, slots=True)
class Tested:
    """The outcome of a test message."""

    channel: str
    wrong: str = ""
    label: str = ""
    reopened: bool = False


@router.get("/status")
def status(request: Request, site: SiteOf) -> Response:
    """Everything at a glance; nothing here scans articles."""
    return _page(request, site)


@router.post("/channels/{channel_id}/test")
def test(request: Request, site: SiteOf, channel_id: ChannelId) -> Response:
    """Send a test message to a channel now, bypassing digests and quiet hours."""
    channel = site.watch_file.read().watch.channel_by_id.get(channel_id)
    if channel is None:
        raise HTTPException(404, "This channel is not in the watch file.")
    try:
        label = asyncio.run(asyncio.wait_for(send_test(channel, _write, site.now), TEST_S))
    except NotifyError as error:
        tested = Tested(channel_id, wrong=str(error))
    except TimeoutError:
        tested = Tested(channel_id, wrong=f"no answer within {TEST_S:.0f} s")
    else:
        tested = Tested(channel_id, label=label, reopened=_reopened(site, channel_id))
    if is_fragment(request):
        return render(request, "_tested.html", tested=tested)
    return _page(request, site, tested)


def _page(request: Request, site: Site, tested: Tested | None = None) -> Response:
    context: dict[str, Any] = {
        "tested": tested,
        "most": MOST,
        "versions": versions(),
        "python": platform.python_version(),
    }
    context["figures"], context["archive_wrong"] = _figures(site)
    context["vitals"], context["service_wrong"] = _vitals(site)
    context["ill"] = _ill(site)
    context["channels"], context["disk"] = _channels(site), shutil.disk_usage(_folder(site))
    return render(request, "status.html", **context)


def _figures(site: Site) -> tuple[Figures | None, str]:
    try:
        return site.archive.dashboard.figures(site.now()), ""
    except ArchiveError as error:
        return None, str(error)


def _vitals(site: Site) -> tuple[Vitals | None, str]:
    url = site.redis_url
    if not url:
        return None, "The service is not running."
    try:
        return asyncio.run(asyncio.wait_for(vitals(url), deadlines.SERVICE_S)), ""
    except StateError as error:
        return None, error.message
    except TimeoutError:
        return None, f"Redis did not respond within {deadlines.SERVICE_S:.0f} s"


def _ill(site: Site) -> list[SourceProblem]:
    try:
        return site.archive.health.open_problems()
    except ArchiveError:
        return []


def _channels(site: Site) -> list[Any]:
    watch = site.watch_file.read().watch
    try:
        outbox = site.archive.outbox
        return [state_of(channel, outbox, site.now()) for channel in watch.channels]
    except ArchiveError:
        return [state_of(channel, None, site.now()) for channel in watch.channels]


def _reopened(site: Site, channel_id: str) -> bool:
    try:
        return site.archive.outbox.enable(channel_id)
    except ArchiveError:
        return False


def _folder(site: Site) -> str:
    folder = site.places.folder
    return str(folder if folder.exists() else folder.parent)


def versions() -> list[tuple[str, str]]:
    """What runs here, as far as it is installed."""
    found = []
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


def _write(text: str) -> None:
    """A line of a `terminal:` channel: to the terminal of the page's own process."""
    sys.stdout.write(text)
    sys.stdout.flush()
