"""Sessions outlive processes: they end when the password changes, or where they were signed out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from web_samples import NOW, Served, client_of, make_site, token_in
from web_server import WAIT_S, running

from crawler.archive import Archive
from crawler.web.access.passwords import hashed
from crawler.web.access.sessions import LIFETIME
from crawler.web.server.serving import ServerOptions, password_hash
from settings.env import web_secret

PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)


def sign_in(client: httpx2.Client | TestClient, password: str = PASSWORD) -> int:
    token = token_in(client.get("/sign-in").text)
    return client.post("/sign-in", data={"csrf": token, "password": password}).status_code


def cookies(client: httpx2.Client | TestClient) -> dict[str, str]:
    return dict(client.cookies.items())


def is_in(base: str, kept: dict[str, str]) -> bool:
    with httpx2.Client(base_url=base, cookies=kept, timeout=WAIT_S) as client:
        return client.get("/").status_code == 200


def test_a_restart_signs_no_one_out(own: Served):
    with running(own.folder, password=PASSWORD) as base, httpx2.Client(base_url=base, timeout=WAIT_S) as client:
        assert sign_in(client) == 303
        kept = cookies(client)
    with running(own.folder, password=PASSWORD) as base:
        assert is_in(base, kept)
    with running(own.folder, password="another password") as base:
        assert not is_in(base, kept)
    with running(own.folder, password=PASSWORD, secret="x" * 32) as base:
        assert not is_in(base, kept)


def test_a_session_that_was_signed_out_stays_so(own: Served):
    with (
        running(own.folder, password=HASH) as base,
        running(own.folder, password=HASH) as other,
        httpx2.Client(base_url=base, timeout=WAIT_S) as client,
    ):
        sign_in(client)
        kept = cookies(client)
        assert is_in(other, kept), "several processes know it"
        client.post("/sign-out", data={"csrf": token_in(client.get("/").text)})
        assert not is_in(base, kept)
        assert not is_in(other, kept)
        feed = f"{other}/feeds/all.rss"
        assert httpx2.get(feed, cookies=kept, timeout=WAIT_S).status_code == 401
    with running(own.folder, password=HASH) as base:
        assert not is_in(base, kept)


def test_only_sessions_that_were_signed_in_are_remembered_and_not_for_ever(own: Served):
    with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
        archive.ended_sessions.add("old", NOW - timedelta(seconds=1), NOW - LIFETIME)
        archive.ended_sessions.add("new", NOW + LIFETIME, NOW)
        assert ("old" in archive.ended_sessions, "new" in archive.ended_sessions) == (False, True)
        before = len(notes(archive))
        with client_of(make_site(own.folder, password=HASH)) as client:
            for _ in range(3):
                client.post("/sign-out", data={"csrf": token_in(client.get("/sign-in").text)})
            assert len(notes(archive)) == before
            sign_in(client)
            client.post("/sign-out", data={"csrf": token_in(client.get("/").text)})
        assert len(notes(archive)) == before + 1


def notes(archive: Archive) -> list[str]:
    return archive.read(lambda connection: list(connection.exec_driver_sql("SELECT key FROM meta").scalars()))


def test_without_the_archive_a_session_opens_nothing(own: Served):
    with client_of(make_site(own.folder, password=HASH)) as client:
        sign_in(client)
        token = token_in(client.get("/rules").text)
        (own.folder / "wirewatch.db").rename(own.folder / "away.db")
        answer = client.get("/rules")
        assert answer.status_code == 503
        assert "no archive found" in answer.text
        assert client.post("/sign-out", data={"csrf": token}).status_code == 503, "it is not signed out for others"
        assert client.get("/rules").status_code == 303, "but here it is"


def test_one_password_has_one_hash_in_an_installation(tmp_path: Path):
    first = password_hash(ServerOptions(password=PASSWORD), tmp_path)
    assert password_hash(ServerOptions(password=PASSWORD), tmp_path) == first
    assert password_hash(ServerOptions(password=PASSWORD + "x"), tmp_path) != first
    assert password_hash(ServerOptions(password=PASSWORD), tmp_path / "other") != first
    shared = ServerOptions(password=PASSWORD, secret="s" * 32)
    assert password_hash(shared, tmp_path) == password_hash(shared, tmp_path / "other") != first


def test_a_weak_secret_is_rejected():
    assert web_secret({}) == ""
    assert web_secret({"WIREWATCH_WEB_SECRET": "s" * 32}) == "s" * 32
    with pytest.raises(ValueError, match="WIREWATCH_WEB_SECRET: expected at least 32"):
        web_secret({"WIREWATCH_WEB_SECRET": "short"})
