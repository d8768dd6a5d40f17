"""The web page answers probes to everybody, and tells them nothing."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from crawler.archive import Archive
from crawler.config import Watch
from crawler.observe.logs import HIDDEN
from crawler.observe.server import Port
from crawler.runtime import Places
from crawler.state import EmbeddedServer
from crawler.web.access.passwords import hashed
from crawler.web.app import create_app
from crawler.web.server.addresses import addresses
from crawler.web.server.serving import ServerOptions, serve
from crawler.web.site import Site, open_site


def client(folder: Path, redis_url: str = "") -> TestClient:
    places = Places(folder, redis_url, f"sqlite:///{folder}/wirewatch.db", 1)
    known = addresses("127.0.0.1", 8765)
    site = open_site(places, folder / "watch.yaml", {}, known, password=hashed("correct horse battery"))
    return TestClient(create_app(site), base_url="http://10.1.2.3:8765")


def test_probes_need_no_password_and_no_name_and_reveal_nothing(tmp_path: Path, valkey: EmbeddedServer):
    with client(tmp_path, valkey.url) as page:
        assert page.get("/").status_code == 421
        assert page.get("/healthz").json() == {"alive": True}
        answer = page.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False}), "there is no archive yet"
        Archive.open(f"sqlite:///{tmp_path}/wirewatch.db").close()
        answer = page.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True})
        assert page.post("/readyz").status_code == 405


def test_a_page_whose_redis_is_gone_is_not_ready(tmp_path: Path):
    Archive.open(f"sqlite:///{tmp_path}/wirewatch.db").close()
    with client(tmp_path) as alone:
        assert alone.get("/readyz").status_code == 200, "reading needs no Redis"
    with client(tmp_path, f"unix://{tmp_path}/nobody.sock") as page:
        assert page.get("/readyz").status_code == 503
        assert page.get("/healthz").status_code == 200


def test_a_page_whose_archive_cannot_store_is_not_ready(tmp_path: Path):
    Archive.open(f"sqlite:///{tmp_path}/wirewatch.db").close()
    for password, told in (("", {"database": "read-only"}), (hashed("correct horse battery"), {})):
        places = Places(tmp_path, "", f"sqlite:///{tmp_path}/wirewatch.db", 1)
        known = addresses("127.0.0.1", 8765)
        site = open_site(places, tmp_path / "watch.yaml", {}, known, password=password)
        with site.archive._engine.connect() as connection:  # root, as whom tests may run, writes to read-only files
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with TestClient(create_app(site)) as page:
            answer = page.get("/readyz")
        assert answer.status_code == 503
        missing = answer.json().get("missing", {})
        assert missing.keys() == told.keys(), "the reason is not for strangers"
        assert all(text in missing[name] for name, text in told.items())


def test_answers_are_counted_by_class_and_probes_are_not(tmp_path: Path):
    def count(method: str, code: str) -> float:
        return REGISTRY.get_sample_value("wirewatch_http_requests_total", {"method": method, "code": code}) or 0.0

    before, other = count("GET", "4xx"), count("other", "4xx")
    with client(tmp_path) as page:
        page.get("/healthz")
        page.get("/news")
        page.request("BREW", "/coffee")
    assert count("GET", "4xx") == before + 1
    assert count("other", "4xx") == other + 1


def test_the_page_serves_metrics_on_a_port_of_its_own(tmp_path: Path):
    started, found = threading.Event(), []

    def ready(site: Site, stop: Callable[[], None]) -> None:
        found.extend([site, stop])
        started.set()

    taken = free_port()
    places = Places(tmp_path, "", f"sqlite:///{tmp_path}/wirewatch.db", 1)
    args = (ServerOptions(port=0), places, tmp_path / "watch.yaml", {}, ready, Port("127.0.0.1", taken))
    thread = threading.Thread(target=serve, args=args, daemon=True)
    thread.start()
    assert started.wait(20)
    site, stop = found
    with urllib.request.urlopen(f"{site.addresses.base}/healthz", timeout=20):
        pass  # it is up
    with urllib.request.urlopen(f"http://127.0.0.1:{taken}/metrics", timeout=20) as answer:
        assert b'roles="web"' in answer.read()
    stop()
    thread.join(20)
    assert not thread.is_alive()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_watch_file_knows_its_secrets():
    watch = Watch.model_validate(
        {
            "sources": [{"id": "a", "feed": "https://a.example/f", "headers": {"X": "h1"}, "cookies": {"c": "c1"}}],
            "channels": [{"id": "d", "url": "https://hook.example/x", "secrets": ["whsec_1"]}],
        }
    )
    assert sorted(watch.secrets) == ["c1", "h1", "https://hook.example/x", "whsec_1"]
    assert HIDDEN.mask("nothing to hide") == "nothing to hide"
