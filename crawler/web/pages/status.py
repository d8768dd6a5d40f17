"""The status page: service, archive, Redis, deliveries, channels and disk."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response

from crawler.archive.queries.dashboard import MOST, Figures
from crawler.errors import ArchiveError, StateError
from crawler.usecases.channel_test import ChannelTest, send_test_message, state_of
from crawler.usecases.service_state import CanaryHistory, ServiceState, canary_history, service_state
from crawler.usecases.source_status import HealthProblem, current_problems
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

PACKAGES = ("wirewatch", "scrapy", "trafilatura", "pydocket", "sqlalchemy", "apprise")

router = APIRouter()
ChannelId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


@router.get("/status")
def status(request: Request, site: SiteOf) -> Response:
    """Return the status of the service, the archive, the channels and this machine, without scanning articles."""
    return _page(request, site)


@router.post("/channels/{channel_id}/test")
def test_channel(request: Request, site: SiteOf, channel_id: ChannelId) -> Response:
    """Send a test message to a channel now, bypassing digests and quiet hours."""
    channel = site.watch_file.read().watch.channel_by_id.get(channel_id)
    if channel is None:
        raise HTTPException(404, "This channel is not in the watch file.")
    test = send_test_message(channel, lambda: site.archive.outbox, _write, site.now)
    if is_fragment(request):
        return render(request, "_channel_test.html", test=test)
    return _page(request, site, test)


def _page(request: Request, site: Site, test: ChannelTest | None = None) -> Response:
    context: dict[str, Any] = {
        "test": test,
        "most": MOST,
        "versions": versions(),
        "python": platform.python_version(),
    }
    context["figures"], context["archive_error"] = _figures(site)
    context["service"], context["service_error"] = _service(site)
    context["problems"] = _problems(site)
    context["canary"] = _canary(site)
    context["channels"], context["disk"] = _channels(site), shutil.disk_usage(_folder(site))
    return render(request, "status.html", **context)


def _figures(site: Site) -> tuple[Figures | None, str]:
    try:
        return site.archive.dashboard.figures(site.now()), ""
    except ArchiveError as error:
        return None, str(error)


def _service(site: Site) -> tuple[ServiceState | None, str]:
    try:
        return asyncio.run(service_state(site.redis_url)), ""
    except StateError as error:
        return None, error.message


def _canary(site: Site) -> CanaryHistory:
    try:
        return canary_history(site.archive, site.now())
    except ArchiveError:
        return CanaryHistory()


def _problems(site: Site) -> list[HealthProblem]:
    try:
        return current_problems(site.archive)
    except ArchiveError:
        return []


def _channels(site: Site) -> list[Any]:
    watch = site.watch_file.read().watch
    try:
        outbox = site.archive.outbox
        return [state_of(channel, outbox, site.now()) for channel in watch.channels]
    except ArchiveError:
        return [state_of(channel, None, site.now()) for channel in watch.channels]


def _folder(site: Site) -> str:
    folder = site.places.folder
    return str(folder if folder.exists() else folder.parent)


def versions() -> list[tuple[str, str]]:
    """Return the installed versions of PACKAGES."""
    found = []
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


def _write(text: str) -> None:
    """Print a message of a `terminal:` channel on the terminal of the page's own process."""
    sys.stdout.write(text)
    sys.stdout.flush()
