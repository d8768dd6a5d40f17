"""TLS to a server, to Sentinels and their master, and to a cluster: for the state and for the task queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docket import Worker
from tls_servers import Authority, Front
from valkey_kinds import Server, free_ports, wait_for

from crawler.errors import StateError
from crawler.service.worker.queue import open_queue
from crawler.state import Claim, State, failures

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_PLAIN = 'save ""\nbind 127.0.0.1\n'


class Desk:
    """URLs of servers with TLS: `urls` of each kind, and ports of one with each certificate."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._stack, self._folder = stack, folder
        self.authority, other = Authority(folder / "ours"), Authority(folder / "theirs")
        self.ca, self.other_ca = self.authority.ca, other.ca
        self.own = self.authority.issue("own")
        self.plain = self._server(free_ports(1)[0], _PLAIN)
        self.ports = {
            "right": self._front(self.plain, self.own),
            "expired": self._front(self.plain, self.authority.issue("expired", valid=timedelta(days=-1))),
            "elsewhere": self._front(self.plain, self.authority.issue("elsewhere", "valkey.example")),
            "asks": stack.enter_context(Front(self.plain, self.own, clients_of=self.ca)).port,
        }
        named = f"sentinel monitor desk 127.0.0.1 {self.ports['right']} 1\n"
        watch = f"bind 127.0.0.1\n{named}sentinel down-after-milliseconds desk 3600000\n"  # it asks without TLS
        sentinel = self._front(self._server(free_ports(1)[0], watch, "--sentinel"), self.own)
        self.urls = {
            "single": f"rediss://127.0.0.1:{self.ports['right']}",
            "sentinel": f"rediss+sentinel://127.0.0.1:{sentinel}/desk",
            "cluster": f"rediss+cluster://127.0.0.1:{self._cluster()}",
        }

    def _server(self, port: int, config: str, *args: str) -> int:
        server = Server(self._folder, port, config, *args)
        self._stack.callback(server.close)
        return port

    def _front(self, behind: int, own: Path, port: int = 0) -> int:
        return self._stack.enter_context(Front(behind, own, port=port)).port

    def _cluster(self) -> int:
        ports = free_ports(6)
        nodes: list[Server] = []
        for port, bus, front in zip(ports[:2], ports[2:4], ports[4:], strict=True):
            config = f"{_PLAIN}cluster-enabled yes\ncluster-port {bus}\ncluster-announce-port {front}\n"
            nodes.append(Server(self._folder, port, config))
            self._stack.callback(nodes[-1].close)
            self._front(port, self.own, front)
        for node, first, last in zip(nodes, (0, 8000), (7999, 16383), strict=True):
            node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            node.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", 1 + nodes.index(node))
        nodes[0].client.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[1], ports[3])
        for node in nodes:
            wait_for(lambda node=node: node.client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
        return ports[4]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path_factory.mktemp("tls"), stack)


@pytest.mark.parametrize("kind", ["single", "sentinel", "cluster"])
async def test_the_state_and_the_queue_speak_tls(kind: str, desk: Desk):
    url, done = f"{desk.urls[kind]}?ssl_ca_certs={desk.ca}", asyncio.Event()
    state = State.connect(url, retries=5)
    assert [await state.urls.claim(n, "me", NOW) for n in range(8)] == [Claim.MINE] * 8  # on both nodes of the cluster
    await state.close()

    async def work() -> None:
        done.set()

    async with open_queue("tls", url, kept=timedelta(minutes=1)) as queue:
        queue.register(work)
        await queue.add(work, key="once")()
        async with Worker(queue, minimum_check_interval=timedelta(milliseconds=20)) as worker:
            await asyncio.wait_for(worker.run_until_finished(), 20)
        async with queue._redis.pubsub() as messages:  # over a pool of its own
            await messages.subscribe("news")
            await queue._redis.publish("news", "now")
            heard = [await messages.get_message(timeout=5) for _ in range(2)]
    assert done.is_set()
    assert heard[1] is not None
    assert heard[1]["data"] == b"now"


@pytest.mark.parametrize("kind", ["single", "sentinel", "cluster"])
async def test_a_wrong_ca_is_reported_at_once_by_each_kind(kind: str, desk: Desk, caplog: pytest.LogCaptureFixture):
    await _refused(f"{desk.urls[kind]}?ssl_ca_certs={desk.other_ca}", "is not signed by a trusted CA", caplog)


@pytest.mark.parametrize("kind", ["single", "sentinel", "cluster"])
async def test_no_tls_is_reported_at_once_by_each_kind(kind: str, desk: Desk, caplog: pytest.LogCaptureFixture):
    url = desk.urls[kind].replace("rediss", "redis", 1)
    await _refused(url, "the server requires TLS: its URL must start with rediss", caplog)


@pytest.mark.parametrize("scheme", ["rediss://{}?", "rediss+sentinel://{}/desk?", "rediss+cluster://{}?"])
@pytest.mark.parametrize(("port", "told"), [("expired", "has expired"), ("elsewhere", "for another host")])
async def test_a_wrong_certificate_is_reported_at_once(
    scheme: str, port: str, told: str, desk: Desk, caplog: pytest.LogCaptureFixture
):
    url = scheme.format(f"127.0.0.1:{desk.ports[port]}") + f"ssl_ca_certs={desk.ca}"
    await _refused(url, told, caplog)


async def _refused(url: str, told: str, caplog: pytest.LogCaptureFixture) -> None:
    state = State.connect(url)  # with all its patience
    with caplog.at_level(logging.WARNING), pytest.raises(StateError) as caught:
        async with asyncio.timeout(5), failures("asking"):
            await state.redis.get("a")
    await state.close()
    assert told in str(caught.value)
    assert len(str(caught.value)) < 120
    assert "\n" not in str(caught.value)
    assert not [record for record in caplog.records if "waiting" in record.getMessage()]


@pytest.mark.parametrize("options", ["ssl_ca_certs={ca}&ssl_certfile={own}&ssl_keyfile={own}", "ssl_cert_reqs=none"])
async def test_certificates_of_ours_and_no_check_of_theirs(options: str, desk: Desk):
    port = desk.ports["asks" if "certfile" in options else "expired"]
    state = State.connect(f"rediss://127.0.0.1:{port}?{options.format(ca=desk.ca, own=desk.own)}", retries=1)
    assert await state.redis.ping()
    await state.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://h?ssl_ca_certs=/a.pem", "ssl_ca_certs needs TLS: the URL must start with rediss://"),
        ("redis+sentinel://h/desk?ssl_cert_reqs=none", r"the URL must start with rediss\+sentinel://"),
        ("rediss+cluster://h?ssl_ca_certs=/no/ca.pem", "no such file: /no/ca.pem"),
    ],
)
def test_options_that_cannot_work_are_reported_before_anything_is_opened(url: str, told: str):
    with pytest.raises(StateError, match=told):
        State.connect(url)
