"""Who may ask for what: names, origins, form tokens, passwords, headers."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_routes import addresses_of
from web_samples import HOME, Served, client_of, make_site, token_in

from crawler.errors import ConfigError
from crawler.web.access.passwords import CLIENT_BURST, TOTAL_BURST, SignInAttempts, hashed, is_hash, verify
from crawler.web.access.sessions import LIFETIME, Sessions
from crawler.web.pages.sign_in import own_path
from crawler.web.server.addresses import addresses, host_of, is_loopback
from crawler.web.server.security import MAX_BODY
from crawler.web.server.serving import ServerOptions, password_hash, store_password
from crawler.web.site import SECRET_FILE

PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "localhost:8765", "[::1]:8765", "LOCALHOST:1"])
def test_own_names_are_answered(client: TestClient, host: str):
    assert client.get("/sign-in", headers={"host": host}).status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "[::1", "192.0.2.7"]
)
def test_other_host_names_are_rejected(client: TestClient, host: str):
    """A page of somebody else's must not reach us by a name of its own (DNS rebinding)."""
    for path in ("/", "/static/x/page.css", "/live", "/sign-in"):
        assert client.get(path, headers={"host": host}).status_code == 421


def test_a_page_for_a_network_answers_to_its_names_and_to_numbers(filled: Served):
    where = addresses("0.0.0.0", 8765, names=["News.Example.org", " "], url="https://wire.example")
    site = make_site(filled.folder, password=HASH, where=where)
    with client_of(site) as client:
        for host, status in {
            "news.example.org": 200, "wire.example": 200, "192.0.2.7:8765": 200, "[2001:db8::1]": 200,
            "evil.example": 421,
        }.items():  # fmt: skip
            assert client.get("/sign-in", headers={"host": host}).status_code == status, host
    assert where.https
    assert where.base == "https://wire.example"
    assert addresses("::", 9).base == "http://127.0.0.1:9"
    assert addresses("::1", 9).base == "http://[::1]:9"


def test_what_counts_as_loopback():
    assert [is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.4", "example.org", "")] == [False] * 5
    assert host_of("[half") == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_other_origins_change_nothing_even_with_a_token(client: TestClient, headers: dict[str, str]):
    token = token_in(client.get("/search").text)
    form = {"csrf": token, "name": "stolen", "address": "q=x"}
    assert client.post("/searches", data=form, headers=headers).status_code == 403


@pytest.mark.parametrize("token", [None, "", "x", "a.b", "0123456789abcdef." + "0" * 64, "é.ü"])
def test_every_changing_route_wants_a_token(client: TestClient, token: str | None):
    client.get("/")
    routes = [(method, address) for method in UNSAFE for _, address in addresses_of(client.app, method, 1)]
    assert ("POST", "/searches") in routes
    for method, address in routes:
        if address.startswith(("/api/", "/websub/")):
            continue  # has a door of its own
        data = {} if token is None else {"csrf": token}
        assert client.request(method, address, data=data).status_code == 403, address
        headers = {"X-CSRF-Token": (token or "").encode("utf-8")}
        assert client.request(method, address, headers=headers).status_code == 403, address
        assert client.request(method, address, json={"csrf": token}).status_code == 403, address
        assert client.request(method, address, files={"csrf": b"x"}).status_code == 403, address


def test_a_token_belongs_to_its_browser(own: Served):
    with client_of(make_site(own.folder)) as client:
        token = token_in(client.get("/search").text)
        form = {"csrf": token, "name": "mine", "address": "q=ferry"}
        assert client.post("/searches", data=form, headers={"origin": HOME}).status_code == 303
        assert token_in(client.get("/search").text) != token  # masked anew
        assert client.post("/searches", data=form | {"name": "again"}).status_code == 303
        client.cookies.clear()
        assert client.post("/searches", data=form).status_code == 403


@pytest.mark.parametrize("size", ["x", "-1", str(MAX_BODY + 1), "9" * 40])
def test_bodies_are_bounded(client: TestClient, size: str):
    client.get("/")
    assert client.post("/searches", headers={"content-length": size}).status_code == 413


def test_bodies_without_a_length_are_bounded(client: TestClient):
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"a" * 100_000

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/searches", content=endless(), headers=kind).status_code in {403, 413}


@pytest.mark.slow
def test_every_answer_carries_the_headers(client: TestClient, ids: dict[str, int]):
    for _, address in [*addresses_of(client.app, "GET", ids["7"]), ("", "/nowhere"), ("", "/static/x/nothing")]:
        if address == "/live":
            continue
        headers = client.get(address).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"


def test_the_cookie_is_strict(filled: Served):
    with client_of(make_site(filled.folder)) as client:
        cookie = client.get("/").headers["set-cookie"]
        assert "HttpOnly; SameSite=Strict" in cookie
        assert "Secure" not in cookie
        assert "set-cookie" not in client.get("/").headers
        assert "set-cookie" not in client.get("/static/x/page.css").headers
    secure = make_site(filled.folder, password=HASH, where=addresses("127.0.0.1", 1, url="https://wire.example"))
    with client_of(secure) as client:
        assert "; Secure" in client.get("/sign-in").headers["set-cookie"]


def sign_in(client: TestClient, password: str, target: str = "/") -> int:
    token = token_in(client.get("/sign-in").text)
    return client.post("/sign-in", data={"csrf": token, "password": password, "next": target}).status_code


def test_nothing_is_seen_without_the_password(filled: Served):
    with client_of(make_site(filled.folder, password=HASH)) as client:
        for path, address in addresses_of(client.app, "GET", filled.ids["7"]):
            if path.startswith(("/static", "/sign-in", "/api/", "/healthz", "/readyz")):
                continue
            answer = client.get(address)
            assert answer.status_code in {303, 401, 403, 404}, path
            assert "Ferry" not in answer.text
        fragment = client.get("/search?q=ferry", headers={"hx-request": "true"})
        assert fragment.status_code == 401
        assert fragment.headers["hx-redirect"] == "/sign-in"
        assert "Stories" not in client.get("/sign-in").text  # nor where one could go


def test_signing_in_and_out(filled: Served):
    with client_of(make_site(filled.folder, password=HASH)) as client:
        assert client.get("/search?q=ferry").headers["location"] == "/sign-in?next=%2Fsearch%3Fq%3Dferry"
        before = client.get("/sign-in?next=/search?q=ferry")
        assert "/search?q=ferry" in before.text
        assert sign_in(client, "wrong password") == 403
        assert client.get("/").status_code == 303
        planted = dict(client.cookies)
        assert sign_in(client, PASSWORD, "/search") == 303
        assert dict(client.cookies) != planted
        page = client.get("/")
        assert page.status_code == 200
        assert client.get("/sign-in").status_code == 303
        stolen = dict(client.cookies)
        assert client.post("/sign-out", data={"csrf": token_in(page.text)}).status_code == 303
        assert client.get("/").status_code == 303
        client.cookies.clear()
        client.cookies.update(stolen)
        assert client.get("/").status_code == 303  # ended for good


def test_tries_are_limited(filled: Served):
    with client_of(make_site(filled.folder, password=HASH)) as client:
        assert [sign_in(client, f"guess number {n}") for n in range(CLIENT_BURST)] == [403] * CLIENT_BURST
        token = token_in(client.get("/sign-in").text)
        answer = client.post("/sign-in", data={"csrf": token, "password": PASSWORD})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0


def test_tries_by_address_and_altogether():
    clock = [0.0]
    attempts = SignInAttempts(lambda: clock[0])
    assert [attempts.wait_s("192.0.2.1") for _ in range(CLIENT_BURST)] == [0.0] * CLIENT_BURST
    assert attempts.wait_s("192.0.2.1") == pytest.approx(30.0)
    assert attempts.wait_s("192.0.2.2") == 0.0
    for _ in range(CLIENT_BURST):
        attempts.wait_s("2001:db8::1")
    assert attempts.wait_s("2001:db8::ffff") > 0  # the same network
    assert attempts.wait_s("no address") == 0.0
    clock[0] = 30.0
    assert attempts.wait_s("192.0.2.1") == 0.0
    assert attempts.wait_s("192.0.2.1") > 0
    attempts.reset("192.0.2.1")
    assert attempts.wait_s("192.0.2.1") == 0.0
    assert sum(attempts.wait_s(f"198.51.{n // 250}.{n % 250}") == 0.0 for n in range(3 * TOTAL_BURST)) <= TOTAL_BURST


def test_passwords_are_hashed_and_bounded():
    assert is_hash(HASH)
    assert verify(PASSWORD, HASH)
    assert not verify(PASSWORD + "x", HASH)
    assert not verify("a" * 5000, HASH)
    assert not verify(PASSWORD, "$argon2id$broken")
    for bad in ("", "short", "x" * 2000):
        with pytest.raises(ValueError, match="characters"):
            hashed(bad)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (ServerOptions("0.0.0.0"), "0.0.0.0 is reachable from other machines"),
        (ServerOptions("192.168.1.4"), "no password is set"),
        (ServerOptions("::"), "--set-password"),
        (ServerOptions(names=("news.example",)), "news.example is reachable"),
        (ServerOptions(url="https://wire.example"), "wire.example is reachable"),
        (ServerOptions(password="short"), "8 to 1024 characters"),
    ],
    ids=str,
)
def test_a_page_for_others_needs_a_password(tmp_path: Path, wanted: ServerOptions, told: str):
    with pytest.raises(ConfigError, match=re.escape(told)):
        password_hash(wanted, tmp_path)


def test_a_stored_password_is_required(tmp_path: Path):
    assert password_hash(ServerOptions(), tmp_path) == ""
    assert password_hash(ServerOptions(url="http://127.0.0.1:8765"), tmp_path) == ""
    path = store_password(PASSWORD, tmp_path / "var")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PASSWORD not in path.read_text()
    kept = password_hash(ServerOptions("0.0.0.0"), tmp_path / "var")
    assert verify(PASSWORD, kept)
    assert password_hash(ServerOptions("0.0.0.0", password=HASH), tmp_path / "var") == HASH
    assert verify("another one!", password_hash(ServerOptions("0.0.0.0", password="another one!"), tmp_path / "var"))


def test_the_secret_is_the_owners(tmp_path: Path):
    first = make_site(tmp_path)
    path = tmp_path / SECRET_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_site(tmp_path).secret == first.secret
    assert len(first.secret) == 32
    path.write_bytes(b"short")
    with pytest.raises(ConfigError, match="too short"):
        make_site(tmp_path)


def test_a_secret_that_cannot_be_stored_is_reported(tmp_path: Path):
    (tmp_path / SECRET_FILE).mkdir()
    with pytest.raises(ConfigError, match="write permission"):
        make_site(tmp_path)


def test_sessions_age_and_end_with_the_password():
    now = [datetime(2026, 11, 23, tzinfo=UTC)]
    sessions = Sessions(b"s" * 32, HASH, lambda: now[0])
    value = sessions.write(sessions.new(signed_in=True))
    found = sessions.read(value)
    assert found is not None
    assert found.signed_in
    assert not found.fresh
    assert Sessions(b"s" * 32, "another hash", lambda: now[0]).read(value) is None
    assert Sessions(b"t" * 32, HASH, lambda: now[0]).read(value) is None
    for bad in ("", "in.1.2.3", value[:-1], value.replace("in", "out"), f"x{value}", "é" * 40, "." * 5):
        assert sessions.read(bad) is None
    now[0] += LIFETIME + timedelta(seconds=1)
    assert sessions.read(value) is None
    now[0] -= 3 * LIFETIME
    assert sessions.read(value) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil",
        "evil",
        "",
        "/a\nb",
        "javascript:x",
        "//[",
        "/x\\y",
    ],
)
def test_signing_in_leads_nowhere_else(target: str):
    assert own_path(target) == "/"
    assert own_path("/search?q=a%20b") == "/search?q=a%20b"


def test_a_broken_cookie_is_no_cookie(client: TestClient):
    cookie = client.app.state.sessions.cookie
    for value in (f"{cookie}=in.1.x.y", f"{cookie}=", "=;=", f'{cookie}="\\012"', "a" * 4000):
        assert client.get("/", headers={"cookie": value}).status_code == 200
