"""Who may ask for what: tokens, their scopes, browsers, and what no page of another site can do."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from api_server import Furnished
from starlette.testclient import TestClient
from web.web_samples import HOME, NOW, client_of, make_site, token_in

from crawler.archive import Archive
from crawler.archive.queries.tokens import Scope
from crawler.web.access.passwords import hashed

PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)
V1 = "/api/v1"
# (method, address, body, the scope it takes)
CHANGES = (
    ("POST", "/alerts/replay", {}, "write"),
    ("POST", "/silences", {"what": "rule", "name": "floods", "until": "1h"}, "write"),
    ("DELETE", "/silences/rule/floods", None, "write"),
    ("POST", "/sources/coast/pause", None, "write"),
    ("POST", "/sources/coast/resume", None, "write"),
    ("POST", "/sources/nobody/run", None, "crawl"),
    ("POST", "/articles/fetch", {"source": "nobody"}, "crawl"),
    ("POST", "/tokens", {"name": "x"}, "admin"),
    ("DELETE", "/tokens/of-read", None, "admin"),
)
MAY = {"read": {"read"}, "write": {"read", "write"}, "crawl": {"crawl"}, "admin": {"read", "write", "crawl", "admin"}}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def basic(name: str, token: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()}


@pytest.mark.parametrize("password", ["", HASH], ids=["open", "locked"])
@pytest.mark.parametrize("scope", MAY)
def test_each_scope_opens_its_doors_and_no_others(own: Furnished, scope: str, password: str):
    with client_of(make_site(own.folder, password=password)) as api:
        assert api.get(f"{V1}/articles", headers=bearer(f"token-{scope}")).status_code == (
            200 if "read" in MAY[scope] else 403
        )
        for method, address, body, needed in CHANGES:
            answer = api.request(method, V1 + address, json=body, headers=bearer(f"token-{scope}"))
            if needed in MAY[scope]:
                assert answer.status_code in {200, 201, 204, 404}, (address, answer.text)
            else:
                assert answer.status_code == 403, address
                assert needed in answer.json()["detail"]


@pytest.mark.parametrize("password", ["", HASH], ids=["open", "locked"])
def test_nothing_is_changed_without_a_token(own: Furnished, password: str):
    with client_of(make_site(own.folder, password=password)) as api:
        for method, address, body, _ in CHANGES:
            answer = api.request(method, V1 + address, json=body)
            assert answer.status_code == 401, address
            assert answer.headers["www-authenticate"] == 'Bearer realm="Wirewatch"'


def test_a_signed_in_browser_reads_and_cannot_write(own: Furnished):
    with client_of(make_site(own.folder, password=HASH)) as api:
        assert api.get(f"{V1}/articles").status_code == 401
        form = {"csrf": token_in(api.get("/sign-in").text), "password": PASSWORD}
        assert api.post("/sign-in", data=form).status_code == 303
        assert api.get(f"{V1}/articles").status_code == 200
        for method, address, body, _ in CHANGES:
            assert api.request(method, V1 + address, json=body, headers={"origin": HOME}).status_code == 401


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}], ids=str)
def test_pages_of_others_neither_write_nor_read(own: Furnished, headers: dict[str, str]):
    with client_of(make_site(own.folder)) as api:
        for method, address, body, _ in CHANGES:
            assert (
                api.request(method, V1 + address, json=body, headers=headers | bearer("token-admin")).status_code == 403
            )
        answer = api.get(f"{V1}/articles", headers=headers)
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.status_code == (403 if "sec-fetch-site" in headers else 200)
        assert api.get(
            f"{V1}/articles", headers={"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}
        ).is_success


def test_the_security_middleware_responds_with_problem_details(api: TestClient):
    for headers, status in (
        ({"host": "evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"content-length": "9" * 9}, 413),
    ):
        answer = api.post(f"{V1}/silences", headers=headers)
        assert answer.status_code == status
        assert answer.json()["status"] == status
        assert answer.headers["content-type"] == "application/problem+json"


BAD = [
    {"authorization": "Bearer wrong"},
    {"authorization": "Bearer "},
    {"authorization": "Bearer " + "x" * 10_000},
    {"authorization": "Bearer token-read\x00".replace("\x00", "%00")},
    {"authorization": "Basic !!!"},
    {"authorization": "Basic " + base64.b64encode(b"no colon").decode()},
    {"authorization": "Digest x"},
    basic("token-read", "wrong"),
]


@pytest.mark.parametrize("headers", BAD, ids=[str(number) for number in range(len(BAD))])
def test_an_invalid_token_is_rejected_even_if_none_is_required(api: TestClient, headers: dict[str, str]):
    assert api.get(f"{V1}/articles", headers=headers).status_code == 401


def test_basic_takes_the_token_as_password(own: Furnished):
    with client_of(make_site(own.folder, password=HASH)) as api:
        assert api.get(f"{V1}/articles", headers=basic("anybody", "token-read")).status_code == 200
        assert api.get(f"{V1}/articles?token=token-read").status_code == 401  # in addresses of feeds only


def test_tokens_are_made_shown_once_and_revoked(own: Furnished):
    with client_of(make_site(own.folder, password=HASH)) as api:
        api.headers.update(bearer("token-admin"))
        made = api.post(f"{V1}/tokens", json={"name": "desk", "scopes": ["read"], "days": 1})
        assert made.status_code == 201
        token = made.json()["token"]
        assert token.startswith("wirewatch_")
        assert made.json()["expires"] == (NOW + timedelta(days=1)).isoformat().replace("+00:00", "Z")
        assert api.post(f"{V1}/tokens", json={"name": "desk"}).status_code == 409
        assert api.get(f"{V1}/articles", headers=bearer(token)).status_code == 200
        listed = api.get(f"{V1}/tokens")
        assert {one["name"] for one in listed.json()} == {"desk", *(f"of-{scope}" for scope in Scope)}
        assert token not in listed.text
        assert api.delete(f"{V1}/tokens/desk").status_code == 204
        assert api.delete(f"{V1}/tokens/desk").status_code == 404
        assert api.get(f"{V1}/articles", headers=bearer(token)).status_code == 401


def test_tokens_expire_and_are_stored_as_hashes(own: Furnished):
    with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
        made = archive.tokens.add("brief", "token-brief", [Scope.READ], NOW - timedelta(hours=1), NOW)
        assert made is not None
        assert archive.tokens.find("token-brief", NOW - timedelta(seconds=1)) == made
        assert archive.tokens.find("token-brief", NOW) is None
        assert archive.tokens.add("other", "token-brief", [Scope.READ], NOW) is None
    assert b"token-brief" not in (own.folder / "wirewatch.db").read_bytes()
    with client_of(make_site(own.folder)) as api:
        assert api.get(f"{V1}/articles", headers=bearer("token-brief")).status_code == 401


@pytest.mark.parametrize("password", ["", HASH], ids=["open", "locked"])
def test_the_description_says_who_needs_a_token(own: Furnished, password: str):
    with client_of(make_site(own.folder, password=password)) as api:
        document = api.get(f"{V1}/openapi.json", headers=bearer("token-read")).json()
    read = document["paths"]["/api/v1/articles"]["get"]["security"]
    assert ({} in read) is not bool(password)
    assert document["paths"]["/api/v1/tokens"]["post"]["security"] == [{"token": ["admin"]}]
    assert document["openapi"].startswith("3.1")
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            assert "422" in operation["responses"]
            assert operation["security"]
