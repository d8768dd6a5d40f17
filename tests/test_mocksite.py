"""The mock site keeps its word, above all where it breaks it."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
import pytest
from mocksite import (
    Behaviour,
    Bomb,
    Delay,
    FrozenDate,
    HeaderFlood,
    MockSite,
    Never,
    Raw,
    RedirectLoop,
    Repeat,
    Reply,
    Reset,
    RestlessTag,
    RetryAfter,
    Stall,
    Trickle,
    Truncate,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[MockSite]:
    with MockSite(tls=True) as running:
        yield running


@pytest.fixture
def site(shared: MockSite) -> MockSite:
    shared.clear()
    return shared


def get(url: str, timeout: float = 5, **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def test_answers_what_was_put(site: MockSite):
    site.put("/a", "Grüße", headers={"X-One": "1"})
    status, headers, body = get(site.url("/a"))
    assert (status, body.decode()) == (200, "Grüße")
    assert headers == {"x-one": "1", "content-type": "text/html; charset=utf-8", "content-length": "7"}


@pytest.mark.parametrize(
    ("path", "kind"), [("/f.xml", "application/xml"), ("/robots.txt", "text/plain"), ("/j.json", "application/json")]
)
def test_the_path_decides_the_type(site: MockSite, path: str, kind: str):
    site.put(path, "x")
    assert get(site.url(path))[1]["content-type"] == kind


def test_unknown_paths_and_removed_ones_are_404(site: MockSite):
    site.put("/gone", "here")
    assert get(site.url("/gone"))[0] == 200
    site.remove("/gone")
    assert get(site.url("/gone"))[0] == 404
    assert get(site.url("/never-was"))[0] == 404


def test_hosts_differ(site: MockSite):
    site.put("/who", "all")
    site.put("/who", "second", host=1)
    assert [get(site.url("/who", n))[2] for n in range(3)] == [b"all", b"second", b"all"]
    assert len({site.url("/", n) for n in range(3)}) == 3


def test_queries_and_the_star(site: MockSite):
    site.put("/q?page=2", "two")
    site.put("/q", "any")
    site.put("*", "rest", host=2)
    assert [get(site.url(p))[2] for p in ("/q", "/q?page=2", "/q?page=3")] == [b"any", b"two", b"any"]
    assert get(site.url("/elsewhere", 2))[2] == b"rest"
    site.remove("*")


def test_turns(site: MockSite):
    site.put_turns("/t", [Reply(b"", 503), Reply(b"", 500), Reply(b"fine")])
    assert [get(site.url("/t"))[0] for _ in range(4)] == [503, 500, 200, 200]


def test_the_log_tells_paths_headers_and_times(site: MockSite):
    site.put("/log", "x")
    before = time.monotonic()
    get(site.url("/log?n=1"), X_Test="yes")
    get(site.url("/log", 1))
    first, second = site.requests
    assert (first.host, first.method, first.path, first.headers["x-test"]) == (0, "GET", "/log?n=1", "yes")
    assert before < first.at < second.at < time.monotonic()
    assert len(site.asked("/log")) == 2
    assert site.asked("/log", host=1) == [second]
    site.clear()
    assert site.requests == []


def test_a_body_sent_with_the_request_is_read(site: MockSite):
    site.put("/post", "ok")
    with socket.create_connection((site.hosts[0], site.ports[0]), 5) as client:
        client.sendall(b"POST /post HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe")
        client.sendall(b"lloGET /post HTTP/1.1\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.count(b"200 OK") == 2
    assert [r.method for r in site.requests] == ["POST", "GET"]


def test_honest_validators(site: MockSite):
    changed = "Mon, 23 Nov 2026 08:00:00 GMT"
    site.put("/v", "body", headers={"ETag": '"a"', "Last-Modified": changed})
    assert get(site.url("/v"), If_None_Match='"b", "a"')[0] == 304
    assert get(site.url("/v"), If_None_Match='"b"', If_Modified_Since=changed)[0] == 200
    assert get(site.url("/v"), If_Modified_Since=changed)[0] == 304
    assert get(site.url("/v"), If_Modified_Since="Mon, 23 Nov 2026 07:59:59 GMT")[0] == 200
    assert get(site.url("/v"))[1]["etag"] == '"a"'


def test_lying_validators(site: MockSite):
    site.put("/tag", "same", behaviour=RestlessTag())
    site.put("/date", "body {turn}", behaviour=FrozenDate())
    tags = [get(site.url("/tag"), If_None_Match=f'"turn-{n}"')[1]["etag"] for n in range(3)]
    assert len(set(tags)) == 3
    answers = [get(site.url("/date")) for _ in range(2)]
    assert [a[2] for a in answers] == [b"body 1", b"body 2"]
    assert answers[0][1]["last-modified"] == answers[1][1]["last-modified"]


def test_late_and_in_pieces(site: MockSite):
    site.put("/late", "late", behaviour=Delay(0.15))
    site.put("/drip", "abcdef", behaviour=Trickle(2, 0.05))
    for path, body in (("/late", b"late"), ("/drip", b"abcdef")):
        start = time.monotonic()
        assert get(site.url(path))[2] == body
        assert 0.14 < time.monotonic() - start < 2


@pytest.mark.parametrize("behaviour", [Never(), Stall(2)])
def test_never_ends(site: MockSite, behaviour: Behaviour):
    site.put("/n", "never seen", behaviour=behaviour)
    with pytest.raises(TimeoutError):
        get(site.url("/n"), timeout=0.2)
    site.put("/n", "better")
    assert get(site.url("/n"))[2] == b"better"


def test_truncated(site: MockSite):
    site.put("/cut", "start", behaviour=Truncate(7))
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(site.url("/cut"))
    assert (caught.value.partial, caught.value.expected) == (b"start", 7)


@pytest.mark.parametrize("after", [0, 3])
def test_reset(site: MockSite, after: int):
    site.put("/r", "abcdef", behaviour=Reset(after))
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        get(site.url("/r"))


@pytest.mark.parametrize("announced", [False, True])
def test_large(site: MockSite, announced: bool):
    site.put("/big.xml", "<a>", behaviour=Repeat(b"<b>text</b>", 1_000_000, b"</a>", announced=announced))
    _, headers, body = get(site.url("/big.xml"))
    assert body == b"<a>" + b"<b>text</b>" * 1_000_000 + b"</a>"
    assert headers.get("content-length") == (str(len(body)) if announced else None)


def test_endless_bodies_stop_when_the_client_goes(site: MockSite):
    site.put("/endless", "x", behaviour=Repeat(b"y" * 1000))
    site.put("/after", "still here")
    parts = urlsplit(site.url("/endless"))
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    connection.request("GET", parts.path)
    assert len(connection.getresponse().read(3_000_000)) == 3_000_000
    connection.close()
    assert get(site.url("/after"))[2] == b"still here"


@pytest.mark.parametrize("layers", [1, 2])
def test_bombs(site: MockSite, layers: int):
    site.put("/bomb", "<html>", behaviour=Bomb(20_000_000, layers))
    _, headers, body = get(site.url("/bomb"))
    assert len(body) < 30_000
    assert headers["content-encoding"] == ", ".join(["gzip"] * layers)
    for _ in range(layers):
        body = gzip.decompress(body)
    assert len(body) == 20_000_000
    assert body.startswith(b"<html> ")


def test_redirects(site: MockSite):
    site.put("/loop", behaviour=RedirectLoop(301))
    site.put("/away", status=302, headers={"Location": site.url("/home", 1)})
    status, headers, _ = get(site.url("/loop"))
    assert (status, headers["location"]) == (301, "/loop?hop=1")
    assert get(site.url(headers["location"]))[1]["location"] == "/loop?hop=2"
    assert get(site.url("/away"))[1]["location"] == site.url("/home", 1)


def test_retry_after(site: MockSite):
    site.put("/s", status=429, behaviour=RetryAfter(7))
    site.put("/d", status=503, behaviour=RetryAfter(60, as_date=True))
    assert get(site.url("/s"))[1]["retry-after"] == "7"
    status, headers, _ = get(site.url("/d"))
    wait = parsedate_to_datetime(headers["retry-after"]) - datetime.now(UTC)
    assert status == 503
    assert 57 < wait.total_seconds() <= 60


def test_odd_heads(site: MockSite):
    site.put("/flood", "x", behaviour=HeaderFlood(90, 10))
    site.put("/raw", "HTTP/1.0 299 Hm\r\n\r\nbytes", behaviour=Raw())
    site.put("/code", "x", status=599)
    assert len(get(site.url("/flood"))[1]) == 92
    assert get(site.url("/raw")) == (299, {}, b"bytes")
    assert get(site.url("/code"))[0] == 599


def test_tls_that_nobody_trusts(site: MockSite):
    site.put("/safe", "secret")
    parts = urlsplit(site.tls_url("/safe"))
    trusting = ssl.create_default_context()
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=5, context=trusting)
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("GET", parts.path)
    connection.close()
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=5, context=blind)
    connection.request("GET", parts.path)
    assert connection.getresponse().read() == b"secret"
    connection.close()


def test_a_dead_host_refuses(site: MockSite):
    with pytest.raises(ConnectionRefusedError):
        get(site.dead_url())


def test_no_tls_unless_asked_for():
    with MockSite(1) as plain, pytest.raises(ValueError, match="tls=True"):
        plain.tls_url()


def test_the_process_ends_with_the_block():
    with MockSite(1) as own:
        own.put("/n", behaviour=Never())
        process = own._process
        address = own.hosts[0], own.ports[0]
        client = socket.create_connection(address, 5)
        client.sendall(b"GET /n HTTP/1.1\r\n\r\n")
    client.close()
    assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 1)


async def test_many_pages_at_once_from_an_event_loop(site: MockSite):
    site.put("/page", "p" * 500)
    site.put("/slow", "slow", behaviour=Delay(0.3))

    async def fetch(session: aiohttp.ClientSession, path: str, host: int) -> int:
        async with session.get(site.url(path, host)) as response:
            return len(await response.read())

    async with aiohttp.ClientSession() as session:
        slow = asyncio.gather(*(fetch(session, "/slow", n % 3) for n in range(30)))
        sizes = await asyncio.gather(*(fetch(session, "/page", n % 3) for n in range(300)))
        assert await slow == [4] * 30
    assert sizes == [500] * 300
    assert len(site.asked("/page")) == 300
