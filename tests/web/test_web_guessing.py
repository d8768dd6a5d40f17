"""Guessing the password: counted by the client itself, not by what it says it is, and no lock-out of others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx2
import pytest
from web_samples import Served, token_in
from web_server import WAIT_S, running

from crawler.web.access import passwords
from crawler.web.access.passwords import CLIENT_BURST, TOTAL_BURST, SignInAttempts, hashed
from settings.env import web_proxies

PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)


@pytest.fixture
def base(own: Served) -> Iterator[str]:
    with running(own.folder, password=HASH) as found:
        yield found


def client_at(base: str) -> httpx2.Client:
    return httpx2.Client(base_url=base, timeout=WAIT_S)


def sign_in(client: httpx2.Client, password: str, **headers: str) -> httpx2.Response:
    token = token_in(client.get("/sign-in", headers=headers).text)
    return client.post("/sign-in", data={"csrf": token, "password": password}, headers=headers)


def guesses(base: str, count: int, **headers: str) -> list[int]:
    with client_at(base) as client:
        return [sign_in(client, f"guess {number}", **headers).status_code for number in range(count)]


def test_a_client_cannot_choose_its_address(base: str):
    with client_at(base) as client:
        found = [
            sign_in(client, "guess", **{"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(CLIENT_BURST + 3)
        ]
    assert found == [403] * CLIENT_BURST + [429] * 3


def test_nor_that_it_comes_by_https(base: str):
    with client_at(base) as client:
        assert (
            "secure" not in client.get("/sign-in", headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"].lower()
        )


def test_a_named_proxy_says_who_asks(own: Served):
    with running(own.folder, password=HASH, proxies=("127.0.0.0/8",)) as base, client_at(base) as client:
        answer = client.get("/sign-in", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"})
        assert "; Secure" in answer.headers["set-cookie"]
        spoofed = "203.0.113.%d, 192.0.2.1, 127.0.0.7"  # what the client sent, the client, another proxy of ours
        found = [
            sign_in(client, "guess", **{"X-Forwarded-For": spoofed % n}).status_code for n in range(CLIENT_BURST + 2)
        ]
        assert found == [403] * CLIENT_BURST + [429] * 2
        assert sign_in(client, "guess", **{"X-Forwarded-For": "192.0.2.2"}).status_code == 403, "others go on"


def test_a_proxy_that_is_not_named_is_warned_about_once(base: str, caplog: pytest.LogCaptureFixture):
    with client_at(base) as client:
        for _ in range(3):
            client.get("/sign-in", headers={"X-Forwarded-For": "192.0.2.1"})
    (record,) = caplog.records
    assert "ignoring X-Forwarded-For from 127.0.0.1" in record.getMessage()
    assert "WIREWATCH_WEB_PROXIES" in record.getMessage()


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "*", "127.0.0.1,,x"])
def test_proxies_are_addresses_or_networks(text: str):
    with pytest.raises(ValueError, match="WIREWATCH_WEB_PROXIES"):
        web_proxies({"WIREWATCH_WEB_PROXIES": text})
    assert web_proxies({"WIREWATCH_WEB_PROXIES": " 127.0.0.1, 10.0.0.0/8 ,::1"}) == ("127.0.0.1", "10.0.0.0/8", "::1")
    assert web_proxies({}) == ()


def test_a_browser_that_signed_in_before_is_not_held_up_by_guesses(base: str):
    with client_at(base) as client:
        assert sign_in(client, PASSWORD).status_code == 303
        token = token_in(client.get("/").text)
        assert 429 in guesses(base, CLIENT_BURST + 2), "the same address"
        assert client.get("/").status_code == 200, "who is signed in stays so"
        client.post("/sign-out", data={"csrf": token})
        assert client.get("/").status_code == 303
        assert sign_in(client, PASSWORD).status_code == 303
    with client_at(base) as stranger:
        assert sign_in(stranger, PASSWORD).status_code == 429


def test_the_cookie_of_a_browser_opens_nothing_and_has_tries_of_its_own(base: str):
    with client_at(base) as client:
        sign_in(client, PASSWORD)
        kept = {name: value for name, value in client.cookies.items() if name.endswith("-browser")}
    assert len(kept) == 1
    with httpx2.Client(base_url=base, cookies=kept, timeout=WAIT_S) as thief:
        assert thief.get("/").status_code == 303
        assert [sign_in(thief, "guess").status_code for _ in range(CLIENT_BURST + 1)] == [403] * CLIENT_BURST + [429]
    forged = {next(iter(kept)): "0" * 32 + "." + "0" * 64}
    with httpx2.Client(base_url=base, cookies=forged, timeout=WAIT_S) as forger:
        assert sign_in(forger, "guess").status_code == 403


async def test_guesses_of_many_addresses_slow_sign_ins_down_and_refuse_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "TOTAL_INTERVAL_S", 0.02)
    loop = asyncio.get_running_loop()
    attempts = SignInAttempts(loop.time)
    for number in range(TOTAL_BURST):
        assert await attempts.take(f"192.0.2.{number}") == 0.0
    assert attempts.wait_s("198.51.100.1") > 0
    assert attempts.wait_s("198.51.100.1", "browser 1") == 0.0
    waiting = [attempts.take(f"198.51.100.{number}") for number in range(20)]
    assert await asyncio.gather(*waiting) == [0.0] * 20


async def test_the_wait_for_the_limit_of_all_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "MAX_WAIT_S", 0.05)
    attempts = SignInAttempts(asyncio.get_running_loop().time)
    for number in range(TOTAL_BURST):
        await attempts.take(f"192.0.2.{number}")
    assert 0 < await attempts.take("198.51.100.1") <= passwords.TOTAL_INTERVAL_S


async def test_passwords_are_hashed_one_at_a_time(monkeypatch: pytest.MonkeyPatch):
    running_now, most = 0, 0

    def slow(_password: str, _hash: str) -> bool:
        nonlocal running_now, most
        running_now += 1
        most = max(most, running_now)
        for _ in range(10_000):
            pass
        running_now -= 1
        return False

    monkeypatch.setattr(passwords, "verify", slow)
    attempts = SignInAttempts(asyncio.get_running_loop().time)
    assert await asyncio.gather(*(attempts.verify("x", "y") for _ in range(30))) == [False] * 30
    assert most == 1
