"""The mock site of the tests: real servers on loopback, in a process of their own, that answer what a test scripts.

    from mocksite import MockSite, Never, Trickle

    with MockSite() as site:                          # three hosts: 127.0.0.1, .2 and .3, ports chosen by the system
        site.put("/a", "<p>hello</p>")                # answers at once, on every host
        site.put("/b", "no", status=503, host=1)      # on the second host only
        site.put("/c", "slow", behaviour=Trickle(1, 0.01))
        site.put_turns("/d", [Reply(b"", 500), Reply(b"fine")])   # one after another, the last one for ever
        site.url("/a"), site.url("/b", host=1)        # http://127.0.0.1:40001/a, http://127.0.0.2:40002/b
        site.requests, site.asked("/a")               # the server's own log

It can be used from synchronous and asynchronous tests: calls wait for the server process (below a millisecond), which
never waits for the test. `put` may be called at any time and replaces what stood there; the next request sees it.

- An unknown path answers 404. A path without its query answers for every query; "*" answers for every other path.
- Without a Content-Type header the path decides: .xml, .txt, .json, otherwise text/html in UTF-8.
- A plain answer with an ETag or Last-Modified header answers 304 honestly when the client's copy is good.
- Behaviours: Delay, Never, Trickle, Stall, Truncate, Reset, Repeat (large, streamed, endless),
  Bomb (gzip, deflate, br, zstd), RedirectLoop, HeaderFlood, RetryAfter (seconds or date), RestlessTag, FrozenDate
  (lying validators), Raw (any bytes).
- A redirect is a status and a Location header: `site.put("/x", status=301, headers={"Location": site.url("/y", 1)})`.
- Wrong charsets are bytes and a header: `site.put("/x", "ä".encode("latin-1"), headers={"Content-Type": "..."})`.
- `MockSite(tls=True)` has `site.tls_url(path)`: the first host's pages behind a certificate that nobody trusts.
- `site.dead_url(path)`: a port where nobody listens.

Tests import it as `mocksite` because tests/conftest.py stands beside it; a benchmark puts tests/ on sys.path first.
Where a machine has only 127.0.0.1, the hosts are ports of it. `hosts=` takes the number of hosts (up to 8).
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Self

from mocksite_behaviours import (
    Bomb,
    Delay,
    FrozenDate,
    HeaderFlood,
    Never,
    Raw,
    RedirectLoop,
    Repeat,
    Reset,
    RestlessTag,
    RetryAfter,
    Stall,
    Trickle,
    Truncate,
)
from mocksite_reply import Behaviour, Reply
from mocksite_server import reachable

__all__ = [
    "Behaviour",
    "Bomb",
    "Delay",
    "FrozenDate",
    "HeaderFlood",
    "MockSite",
    "Never",
    "Raw",
    "RedirectLoop",
    "Repeat",
    "Reply",
    "Request",
    "Reset",
    "RestlessTag",
    "RetryAfter",
    "Stall",
    "Trickle",
    "Truncate",
]

START_S = 60
STOP_S = 5
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from mocksite_server import serve; "
_CODE += "serve(int(sys.argv[2]), sys.argv[3].split(','), tls=sys.argv[4] == 'tls')"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that the server read. `at` is time.monotonic() when its head was complete: one clock on a machine."""

    host: int
    method: str
    path: str  # with its query
    headers: dict[str, str]  # names in lower case
    at: float


def _request(entry: tuple[int, float, bytes]) -> Request:
    host, at, head = entry
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return Request(host, method, path, {key.strip().lower(): value.strip() for key, _, value in pairs}, at)


def _pairs(headers: Mapping[str, str] | Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(headers.items() if isinstance(headers, Mapping) else headers)


class MockSite:
    """The site, from __enter__ to __exit__. See the module's docstring."""

    def __init__(self, hosts: int = 3, *, tls: bool = False) -> None:
        self.hosts = reachable([f"127.0.0.{n + 1}" for n in range(hosts)])
        self.tls = tls
        self.ports: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        self._control, theirs = Pipe()
        here = str(Path(__file__).parent)
        args = [here, str(theirs.fileno()), ",".join(self.hosts), "tls" if self.tls else "no"]
        self._process = subprocess.Popen([sys.executable, "-c", _CODE, *args], pass_fds=[theirs.fileno()])
        theirs.close()
        self._dead = socket.socket()
        self._dead.bind(("127.0.0.1", 0))  # bound and not listening: refuses, and nobody else gets it
        if not self._control.poll(START_S):
            self.__exit__()
            raise TimeoutError(f"the mock site did not start within {START_S} s")
        *ports, self._tls_port = self._control.recv()
        self.ports = tuple(ports)
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._dead.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def url(self, path: str = "/", host: int = 0) -> str:
        """The address of a path on a host, counted from 0."""
        return f"http://{self.hosts[host]}:{self.ports[host]}{path}"

    def tls_url(self, path: str = "/") -> str:
        """The same page of the first host over TLS, with a certificate that nobody trusts."""
        if not self.tls:
            raise ValueError("this mock site was started without tls=True")
        return f"https://{self.hosts[0]}:{self._tls_port}{path}"

    def dead_url(self, path: str = "/") -> str:
        """An address where connections are refused."""
        return f"http://127.0.0.1:{self._dead.getsockname()[1]}{path}"

    def put(
        self,
        path: str,
        body: str | bytes = b"",
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        status: int = 200,
        behaviour: Behaviour | None = None,
        host: int | None = None,
    ) -> None:
        """Set what a path answers from now on, on one host or on all."""
        data = body.encode() if isinstance(body, str) else body
        self.put_turns(path, [Reply(data, status, _pairs(headers), behaviour)], host=host)

    def put_turns(self, path: str, replies: Sequence[Reply], *, host: int | None = None) -> None:
        """Set the answers to the first, second, ... request for a path; the last one stays."""
        for n in range(len(self.hosts)) if host is None else (host,):
            self._call("put", n, path, tuple(replies))

    def remove(self, path: str, *, host: int | None = None) -> None:
        """Let a path answer 404 again."""
        for n in range(len(self.hosts)) if host is None else (host,):
            self._call("remove", n, path)

    @property
    def requests(self) -> list[Request]:
        """Every request since the start or the last `clear()`, in order."""
        return [_request(entry) for entry in self._call("take_log", clear=False)]

    def asked(self, path: str, host: int | None = None) -> list[Request]:
        """The requests for one path, whatever their query."""
        found = (r for r in self.requests if path in {r.path, r.path.partition("?")[0]})
        return [r for r in found if host is None or r.host == host]

    def clear(self) -> None:
        """Empty the log."""
        self._call("take_log", clear=True)

    def reset(self) -> None:
        """Answer 404 everywhere and empty the log, as if just started."""
        self._call("reset")

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self._control.send((name, args, kwargs))
        if not self._control.poll(START_S):
            raise TimeoutError("the mock site does not answer")
        return self._control.recv()
