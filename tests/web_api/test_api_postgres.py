"""The same API over PostgreSQL: it answers as over SQLite, byte for byte where nothing names the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_server import Furnished, furnish
from archive.archive_postgres import running_postgres
from starlette.testclient import TestClient
from web.web_samples import client_of, make_site

V1 = "/api/v1"
READ = [
    "/articles?limit=200",
    "/articles?limit=7&order=oldest&full=true",
    "/articles?order=stored&limit=30",
    "/articles?source=coast&source=meridian&language=EN",
    "/articles?rule=floods",
    "/articles?since=5m&source=coast",
    "/articles?until=2026-11-23T07:55:00Z&source=coast",
    "/articles?source=%00",
    "/articles/{7}",
    "/articles/{7}/revisions",
    "/articles/{2}/copies",
    "/articles/999999",
    "/search?q=ferry AND late&source=coast",
    '/search?q="left the harbour" NEAR/9 flood*&limit=5',
    "/search?q=title:ferry AND NOT late&limit=11",
    "/search?q=ferr*&order=oldest&limit=3",
    "/search?q=AND",
    "/stories?limit=9",
    "/stories?outlets=3",
    "/alerts",
    "/alerts?rule=floods&since=1d",
    "/alerts?state=pending",
    "/silences",
    "/sources/coast",
    "/runs?limit=5",
    "/runs?source=coast&outcome=failed",
    "/channels",
    "/rules/floods",
    "/export?format=jsonl&source=coast",
    "/export?format=csv",
]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, furnished: Furnished) -> Iterator[tuple[TestClient, TestClient]]:
    """Programs with a token that may write, one over each database; both are furnished alike."""
    folder = tmp_path_factory.mktemp("postgres")
    own = furnish(tmp_path_factory.mktemp("sqlite"))
    with running_postgres() as server:
        server.execute("CREATE DATABASE news")
        url = server.url("news")
        assert furnish(folder, url).ids == own.ids
        with client_of(make_site(own.folder)) as lite, client_of(make_site(folder, database_url=url)) as full:
            for client in (lite, full):
                client.headers["authorization"] = "Bearer token-write"
            yield lite, full


def filled(path: str, ids: dict[str, int]) -> str:
    for name in ("7", "2"):
        path = path.replace(f"{{{name}}}", str(ids[name]))
    return V1 + path


@pytest.mark.parametrize("path", READ)
def test_both_databases_answer_alike(both: tuple[TestClient, TestClient], furnished: Furnished, path: str):
    lite, full = (client.get(filled(path, furnished.ids)) for client in both)
    assert full.status_code == lite.status_code
    assert full.text == lite.text
    assert full.headers.get("link") == lite.headers.get("link")


def test_every_page_of_a_list_is_the_same(both: tuple[TestClient, TestClient]):
    def pages(client: TestClient, address: str) -> list[Any]:
        found: list[Any] = []
        while address:
            page = client.get(address).json()
            found += page["items"]
            address = page["next"] or ""
        return found

    for path in ("/articles?limit=9", "/search?q=ferry&limit=9", "/stories?limit=9", "/articles?limit=9&order=oldest"):
        lite, full = (pages(client, V1 + path) for client in both)
        assert lite == full
        assert len(lite) > 18


def test_what_is_changed_is_changed(both: tuple[TestClient, TestClient], furnished: Furnished):
    answers = []
    for client in both:
        made = client.post(f"{V1}/silences", json={"what": "rule", "name": "floods", "until": "8h"})
        listed = client.get(f"{V1}/silences")
        ended = client.delete(f"{V1}/silences/rule/floods")
        replayed = client.post(f"{V1}/alerts/replay", json={"channel": "desk"})
        tested = client.post(f"{V1}/rules/test", json={"query": "ferry AND late"})
        refused = client.post(f"{V1}/rules/check", json={"query": "ferry AND ("})
        said = [(one.status_code, one.json()) for one in (made, listed, ended, replayed, tested, refused)]
        said[4][1].pop("seconds")
        answers.append(said)
    assert answers[0] == answers[1]
    assert [status for status, _ in answers[0]] == [201, 200, 200, 200, 200, 200]


def test_a_known_page_is_found_under_its_address(both: tuple[TestClient, TestClient], furnished: Furnished):
    for client in both:
        client.headers["authorization"] = "Bearer token-crawl"
        found = client.post(f"{V1}/articles/fetch", json={"url": "https://coast.example/9?utm_source=x"})
        client.headers["authorization"] = "Bearer token-write"
        assert (found.status_code, found.json()["article"]) == (200, furnished.ids["9"])
