"""Near misses, asked of all three faces."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from usecases_faces import FACES, V1, Faces
from web.web_samples import article, token_in

from crawler.archive import Entry
from crawler.cli.rules import commands
from crawler.rules import RuleSpec, compile_rule
from crawler.runtime import utc_now
from crawler.usecases import near_misses as usecase
from crawler.usecases.near_misses import near_misses

RULES = """
rules:
  - id: talks
    query: Kadhimi AND talks
"""
TEXTS = {
    "a hit": "Kadhimi begins talks",
    "another spelling": "Kadhemi begins talks",
    "one word missing": "Kadhimi travels",
    "something else": "Rain in the north",
}


@pytest.fixture
def filled(faces: Faces, monkeypatch: pytest.MonkeyPatch) -> Faces:
    monkeypatch.setattr(usecase, "DEADLINE_S", 60.0)  # a busy machine is no failure
    path = faces.site.watch_file.path
    path.write_text(re.sub(r"(?ms)^rules:.*?(?=^\w|\Z)", "", path.read_text()) + RULES)
    now = utc_now()
    articles = [
        article(number, title=title, text=text, found=now - timedelta(hours=number + 1))
        for number, (title, text) in enumerate(TEXTS.items())
    ]
    faces.site.archive.store([Entry(one) for one in articles])
    return faces


def answers(faces: Faces, face: str, since: str = "30d") -> list[tuple[str, str, str]]:
    """(title, reason, wider query) of each near miss."""
    if face == "command":
        result = faces.command(commands.app, "missed", "talks", "--json", since=since)
        return [(one["title"], one["reason"], one["query"]) for one in json.loads(result.stdout)["missed"]]
    if face == "api":
        items = faces.client.get(f"{V1}/rules/talks/near-misses", params={"since": since}).json()["items"]
        return [(one["title"], one["reason"], one["query"]) for one in items]
    html = faces.client.get("/near-misses/talks", params={"since": since}).text
    row = r'dir="auto">([^<]+)</a>\s*<p class="explanation" dir="auto">([^<]+)</p>.*?href="([^"]+)">Widen'
    found = re.finditer(row, html, re.DOTALL)
    return [
        (unescape(one[1]), unescape(one[2]), parse_qs(urlsplit(unescape(one[3])).query)["query"][0]) for one in found
    ]


@pytest.mark.parametrize("face", FACES)
def test_each_face_lists_the_same(filled: Faces, face: str):
    assert answers(filled, face) == [
        ("another spelling", '"Kadhemi" instead of Kadhimi', "(Kadhimi OR Kadhemi) AND talks"),
        ("one word missing", "missing: talks", "Kadhimi"),
    ]
    assert answers(filled, face, "1h") == []


def dismissed(faces: Faces, face: str) -> None:
    """Dismiss the near miss of the other spelling."""
    if face == "command":
        items = faces.client.get(f"{V1}/rules/talks/near-misses").json()["items"]
        result = faces.command(commands.app, "missed", "talks", "--dismiss", str(items[0]["id"]))
        assert result.exit_code == 0, result.output
        assert "Kadhemi" in result.output
        return
    miss = {"kind": "spelling", "part": "Kadhimi"}
    if face == "api":
        answer = faces.client.post(
            f"{V1}/rules/talks/near-misses/dismiss",
            json={**miss, "instead": "Kadhemi"},
            headers={"authorization": "Bearer writer"},
        )
        assert answer.status_code == 204, answer.text
        return
    form = miss | {"found": "Kadhemi", "csrf": token_in(faces.client.get("/near-misses/talks").text)}
    assert faces.client.post("/near-misses/talks/dismiss", data=form, follow_redirects=False).status_code == 303


@pytest.mark.parametrize("face", FACES)
def test_what_one_face_dismisses_none_shows(filled: Faces, face: str):
    dismissed(filled, face)
    for one in FACES:
        assert [title for title, *_ in answers(filled, one)] == ["one word missing"]


def test_only_what_is_missed_can_be_dismissed(filled: Faces):
    result = filled.command(commands.app, "missed", "talks", "--dismiss", "999")
    assert result.exit_code == 1
    body = {"kind": "spelling", "part": "Kadhimi"}
    writer = {"authorization": "Bearer writer"}
    assert filled.client.post(f"{V1}/rules/none/near-misses/dismiss", json=body, headers=writer).status_code == 404


def test_the_page_widens_the_rule(filled: Faces):
    html = filled.client.get("/near-misses/talks").text
    wider = unescape(re.search(r'href="(/rules/talks/edit[^"]+)"', html)[1])  # type: ignore[index]
    form = filled.client.get(wider).text
    seen = re.search(r'name="seen" value="([^"]*)"', form)
    assert seen
    fields = {"csrf": token_in(form), "old": "talks", "id": "talks", "seen": seen[1], "on": ["new"]}
    query = parse_qs(urlsplit(wider).query)["query"][0]
    saved = filled.client.post("/rules/save", data=fields | {"query": query}, follow_redirects=False)
    assert saved.status_code == 303
    assert "(Kadhimi OR Kadhemi) AND talks" in filled.site.watch_file.path.read_text()
    assert answers(filled, "api") == [("one word missing", "missing: talks", "Kadhimi OR Kadhemi")]


def test_a_rule_that_is_unknown_and_a_time_that_is_none(filled: Faces):
    assert filled.client.get("/near-misses/none").status_code == 404
    assert filled.client.get(f"{V1}/rules/none/near-misses").status_code == 404
    assert filled.client.get("/near-misses/talks", params={"since": "soon"}).status_code == 422
    assert filled.client.get(f"{V1}/rules/talks/near-misses", params={"since": "soon"}).status_code == 422


def test_the_deadline_ends_the_examination(filled: Faces):
    times = iter([0.0, *[0.1] * 3, *[9.0] * 1000])
    rule = compile_rule(RuleSpec("talks", "Kadhimi AND talks"))
    report = near_misses(
        filled.site.archive, rule, utc_now() - timedelta(days=1), deadline_s=1.5, clock=lambda: next(times)
    )
    assert not report.complete
