"""Errors of the network, raised for real: whatever reads or sends, they are recognized in the text that is stored."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from crawler.errors import FetchError, NotifyError
from crawler.items import Alert
from crawler.networks import connect
from crawler.notify import Dispatch, Form
from crawler.notify.services import AppriseSender
from crawler.notify.smtp import MailSender
from crawler.notify.webhook import WebhookSender
from crawler.service.worker.project import project_settings
from crawler.unanswered import NAMES, NoAnswer, is_unanswered, why_unanswered
from crawler.usecases.probe import open_probe

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("reactor")]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TIMEOUT_S = 0.5
UNREACHABLE = "224.0.0.1"  # multicast: the kernel has no route for TCP, on any machine
Use = Callable[[str, int], Coroutine[Any, Any, str]]


@asynccontextmanager
async def bad_server(*, resets: bool) -> AsyncIterator[int]:
    """A server that reads and then resets the connection, or never answers; yield its port."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if resets:
            own: socket.socket = writer.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        over.set()


@asynccontextmanager
async def dead_port() -> AsyncIterator[int]:
    """A port where nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def fetched(host: str, port: int) -> str:
    settings = project_settings()
    settings.set("DOWNLOAD_TIMEOUT", TIMEOUT_S)
    async with open_probe(delay_s=0, inside=("127.0.0.1", UNREACHABLE), settings=settings) as probe:
        with pytest.raises(FetchError) as caught:
            await probe.get(f"http://{host}:{port}/")
    return str(caught.value)


async def sent(sender: WebhookSender | MailSender | AppriseSender) -> str:
    alert = Alert("a", "rule", "1", "source", "https://x.example/", "Title", NOW)
    with pytest.raises(NotifyError) as caught:
        await sender.send(Dispatch("m", Form.ALERT, (alert,), NOW))
    await sender.close()
    assert caught.value.retryable
    return str(caught.value)


async def posted(host: str, port: int) -> str:
    url = f"http://{host}:{port}/hook"
    return await sent(WebhookSender("hook", url, private=True, now=lambda: NOW, timeout_s=TIMEOUT_S))


async def mailed(host: str, port: int) -> str:
    url = f"mailto://{host}:{port}?to=desk@example.org"
    return await sent(MailSender("desk", url, private=True, timeout_s=TIMEOUT_S))


async def by_apprise(host: str, port: int) -> str:
    return await sent(AppriseSender("json", f"json://{host}:{port}/", private=True, timeout_s=2.0))


USES = pytest.mark.parametrize("use", [fetched, posted, mailed, by_apprise])


@USES
async def test_a_refused_connection(use: Use):
    async with dead_port() as port:
        error = await use("127.0.0.1", port)
    assert is_unanswered(error)
    assert use is by_apprise or NoAnswer.REFUSED in error


@USES
async def test_a_connection_that_is_reset(use: Use):
    async with bad_server(resets=True) as port:
        error = await use("127.0.0.1", port)
    assert is_unanswered(error)
    assert use is by_apprise or NoAnswer.BROKEN in error


@USES
async def test_a_host_that_never_answers(use: Use):
    async with bad_server(resets=False) as port:
        error = await use("127.0.0.1", port)
    assert is_unanswered(error)
    assert NoAnswer.LATE in error


@USES
async def test_a_name_that_does_not_exist(use: Use):
    error = await use("nowhere.invalid", 80)
    assert is_unanswered(error)
    assert use is by_apprise or NoAnswer.NO_HOST in error


@USES
async def test_a_network_that_cannot_be_reached(use: Use):
    error = await use(UNREACHABLE, 80)
    assert is_unanswered(error)
    assert use is by_apprise or NoAnswer.UNREACHABLE in error


async def test_the_same_for_a_plain_connection():
    with pytest.raises(OSError, match="unreachable") as caught:
        await connect(UNREACHABLE, 80, private=True)
    assert why_unanswered(caught.value) is NoAnswer.UNREACHABLE


@pytest.mark.parametrize("name", NAMES)
async def test_every_exception_in_the_table_exists(name: str):
    module, _, own = name.rpartition(".")
    assert issubclass(getattr(import_module(module), own), Exception)


@pytest.mark.parametrize("kind", NoAnswer)
async def test_every_text_of_the_table_is_recognized(kind: NoAnswer):
    assert is_unanswered(f"https://x.example/feed: {kind} (at https://x.example/robots.txt, which must be read first)")
    assert not is_unanswered(f"https://x.example/feed: status 503: {kind}")


@pytest.mark.parametrize(
    "error",
    [
        "https://x: status 503",
        "https://x: status 504: timed out",
        "hook (https://x/…): answered 502",
        "Forbidden by robots.txt",
        "https://x: no secure connection: certificate verify failed",
        "https://x: not a feed",
        "https://x: larger than the size limit of 8 MB",
        "",
    ],
)
async def test_an_error_of_a_host_that_answered(error: str):
    assert not is_unanswered(error)


async def test_other_errors_are_of_no_host():
    assert why_unanswered(ValueError("connection refused")) is None
    assert why_unanswered(PermissionError(13, "connection refused")) is None
