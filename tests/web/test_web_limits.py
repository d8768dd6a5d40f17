"""Clients that are slow, or many: none keeps the page from the others, nor health probes from anything."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_network

import pytest
from web_samples import Served
from web_server import WAIT_S, answered, connected, get, running

from crawler.web.server import connections
from crawler.web.server.clients import Proxies, client_of
from crawler.web.server.limits import Limit

HALF = b"GET /search?q=ferry HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
CLOSED = (BrokenPipeError, ConnectionResetError)


@pytest.fixture
def base(own: Served) -> Iterator[str]:
    with running(own.folder) as found:
        yield found


def host(base: str) -> bytes:
    return base.removeprefix("http://").encode()


def form_head(base: str, length: int) -> bytes:
    kind = b"Content-Type: application/x-www-form-urlencoded"
    return b"Host: %s\r\n%s\r\nContent-Length: %d\r\n\r\n" % (host(base), kind, length)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def answered_once(connection: socket.socket) -> bytes:
    """The beginning of an answer."""
    return connection.recv(65536)


def trickle(connection: socket.socket, pause_s: float = 0.02) -> None:
    """Send a byte now and then. Raises OSError when the server closed the connection."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        connection.sendall(b"x")
        time.sleep(pause_s)


def is_open(connection: socket.socket) -> bool:
    connection.settimeout(0)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


def test_half_open_requests_of_one_client_do_not_block_others(base: str):
    with ExitStack() as held:
        opened = [held.enter_context(connected(base, HALF)) for _ in range(connections.MAX_TOTAL + 5)]
        assert status(get(base, "/", source="127.0.0.2")) == 200
        assert status(get(base, "/")) == 200, "nor from the client itself"
        assert status(get(base, "/healthz")) == 200
        assert sum(map(is_open, opened)) <= connections.MAX_PER_CLIENT


def test_many_clients_that_fill_the_page_lose_their_oldest(base: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "MAX_PER_CLIENT", 5)
    monkeypatch.setattr(connections, "MAX_TOTAL", 12)
    with ExitStack() as held:
        opened = [held.enter_context(connected(base, HALF, f"127.0.1.{n}")) for n in range(1, 5) for _ in range(5)]
        assert status(get(base, "/healthz", source="127.0.1.1")) == 200
        assert status(get(base, "/", source="127.0.2.1")) == 200
        assert sum(map(is_open, opened)) <= 12


def test_a_head_that_never_ends_is_cut(base: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    for sent in (b"", HALF):
        with connected(base, sent) as slow:
            assert answered(slow) == b""


def test_a_head_that_trickles_is_cut(base: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    with connected(base, HALF) as slow, pytest.raises(CLOSED):
        trickle(slow)


def test_the_second_request_of_a_connection_has_a_limit_too(base: str, monkeypatch: pytest.MonkeyPatch):
    first = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with connected(base, first * 2) as good:
        good.sendall(first.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert answered(good).count(b"HTTP/1.1 200") == 3
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    with connected(base, first + HALF) as slow:
        assert answered(slow).count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize("path", [b"/sign-in", b"/healthz", b"/static/x/page.css"])
def test_a_body_that_never_ends_is_cut(base: str, monkeypatch: pytest.MonkeyPatch, path: bytes):
    """Whether or not its route reads the body."""
    monkeypatch.setattr(connections, "BODY_S", 0.3)
    with connected(base, b"POST %s HTTP/1.1\r\n" % path + form_head(base, 10**6)) as slow, pytest.raises(CLOSED):
        trickle(slow)


def test_an_answer_that_is_not_read_is_cut(base: str, own: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "RESPONSE_S", 0.3)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        name, port = base.removeprefix("http://").split(":")
        slow.settimeout(WAIT_S)
        slow.connect((name, int(port)))
        slow.sendall(b"GET /articles/%d HTTP/1.1\r\nHost: %s\r\n\r\n" % (own.ids["huge"], host(base)) * 40)
        with pytest.raises(CLOSED):
            trickle(slow)


def test_live_lists_are_limited_for_each_client_and_in_all(base: str):
    live = b"GET /live HTTP/1.1\r\nHost: %s\r\n\r\n" % host(base)
    with ExitStack() as held:

        def listen(source: str) -> int:
            one = held.enter_context(connected(base, live, source))
            return status(one.recv(65536))

        assert [listen("127.0.0.1") for _ in range(50)] == [200] * 50
        assert listen("127.0.0.1") == 429
        for number in range(2, 5):
            assert [listen(f"127.0.0.{number}") for _ in range(50)] == [200] * 50
        assert listen("127.0.0.9") == 503
        assert status(get(base, "/")) == 200
        assert status(get(base, "/healthz")) == 200


def test_slow_bodies_do_not_block_reading_requests(base: str):
    with ExitStack() as held:

        def post(path: bytes, source: str = "127.0.0.1", length: int = 9) -> socket.socket:
            return held.enter_context(connected(base, b"POST %s HTTP/1.1\r\n" % path + form_head(base, length), source))

        for path in (b"/searches", b"/api/v1/silences"):
            for _ in range(8):
                post(path)
        end = time.monotonic() + WAIT_S
        while status(refused := answered_once(post(b"/silences", length=0))) != 429:  # they are being taken
            assert time.monotonic() < end
        assert b"retry-after: 5" in refused.lower()
        assert b"application/problem+json" in answered_once(post(b"/api/v1/silences", length=0))
        assert status(answered_once(post(b"/silences", "127.0.0.2", 0))) == 403, (
            "another client, without a form's token"
        )
        for path in ("/", "/search?q=ferry", "/api/v1/articles", "/sign-in", "/healthz", "/readyz"):
            assert status(get(base, path)) in {200, 303}, path


async def test_slots_are_released():
    limit = Limit(2, 3)
    assert [await limit.acquire(client) for client in ("a", "a", "a", "b", "c")] == [0, 0, 429, 0, 503]
    for client in ("a", "a", "b"):
        limit.release(client)
    assert not limit._active
    assert await limit.acquire("c") == 0


async def test_a_request_may_wait_for_its_turn():
    limit = Limit(2, 1, WAIT_S)
    assert await limit.acquire("a") == 0
    waiting = [asyncio.create_task(limit.acquire(client)) for client in ("a", "b", "c")]
    await asyncio.sleep(0)
    assert await limit.acquire("a") == 429, "what waits counts"
    waiting.pop().cancel()
    for client in ("a", "a", "b"):
        limit.release(client)
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [0, 0]
    assert not limit._active
    short = Limit(2, 1, 0.01)
    assert [await short.acquire(client) for client in "ab"] == [0, 503]
    assert "b" not in short._active


@pytest.mark.parametrize("path", [b"/sign-in", b"/searches", b"/websub/" + b"a" * 43, b"/api/v1/silences"])
def test_a_client_that_goes_while_it_sends_is_no_error(base: str, path: bytes, caplog: pytest.LogCaptureFixture):
    for _ in range(10):
        with connected(base, b"POST %s HTTP/1.1\r\n" % path + form_head(base, 99) + b"password="):
            pass
        assert status(get(base, "/")) == 200
    assert not caplog.records


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
        ("unknown", "unknown"),
        ("x" * 500, "x" * 64),
    ],
)
def test_what_clients_are_counted_by(address: str, client: str):
    assert client_of(address) == client


def test_proxies_are_known_in_both_forms_of_their_address():
    proxies = Proxies(["10.0.0.0/8", "192.0.2.7", " 2001:db8::/32"])
    known = ["10.9.8.7", "::ffff:10.9.8.7", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::9"]
    assert [address in proxies for address in known] == [True] * 5
    assert [address in proxies for address in ("192.0.2.8", "::1", "11.0.0.1", "unix", "")] == [False] * 5
    assert all(ip_network(name) for name in proxies)
    assert list(Proxies()) == []
