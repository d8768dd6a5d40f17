"""Missing sources, asked of all three faces."""

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
from crawler.cli.sources import commands
from crawler.items import Alert, Citation
from crawler.runtime import utc_now

HAARETZ = "https://www.haaretz.com/israel-news/2026-11-20/ty-article/.premium/a-long-story-about-the-port/0000"


def entry(number: int, cited: list[Citation], *, source: str = "coast", alerted: bool = True, **more: str) -> Entry:
    now = utc_now()
    one = article(number, source=source, citations=tuple(cited), found=now - timedelta(hours=number + 1), **more)
    story = f"{number:016x}"
    alert = Alert(
        f"a{number}", "floods", "1", source, one.url, one.title, now - timedelta(hours=number + 1), story=story
    )
    return Entry(one, (alert,) if alerted else (), story=story)


@pytest.fixture
def filled(faces: Faces) -> Faces:
    faces.site.archive.store(
        [
            entry(1, [Citation("link", "haaretz.com", HAARETZ), Citation("agency", "SID")], title="first"),
            entry(
                2,
                [Citation("name", "Haaretz"), Citation("ordinary", "Sun"), Citation("name", "John Smith")],
                source="hills",
                text="The mayor left early. She told Haaretz that the port was closed. Nothing else happened.",
                language="en",
            ),
            entry(
                3, [Citation("link", "haaretz.com", HAARETZ), Citation("site", "acme.com", "https://acme.com/about")]
            ),
            entry(4, [Citation("link", "unheard.example", f"{HAARETZ}x")], alerted=False),
            entry(5, [Citation("agency", "Reuters")], source="hills"),
        ]
    )
    return faces


def answers(faces: Faces, face: str, since: str = "30d") -> list[tuple[str, str, str]]:
    """(name, reason, address) of each suggestion."""
    if face == "command":
        result = faces.command(commands.app, "suggest", "--json", since=since)
        return [(one["name"], one["reason"], one["address"]) for one in json.loads(result.stdout)["items"]]
    if face == "api":
        items = faces.client.get(f"{V1}/sources/suggestions", params={"since": since}).json()["items"]
        return [(one["name"], one["reason"], one["address"]) for one in items]
    html = faces.client.get("/source-suggestions", params={"since": since}).text
    found = []
    for row in html.split("<li ")[1:]:
        if "data-row" in row:
            name = re.search(r'class="row-title" dir="auto">([^<]+?)\s*<', row)
            reason = re.search(r'<p class="facts"><span>([^<]+)<', row)
            address = re.search(r'href="/new-source\?([^"]+)"', row)
            assert name
            assert reason
            to_add = parse_qs(unescape(address[1]))["address"][0] if address else ""
            found.append((unescape(name[1]), unescape(reason[1]), to_add))
    return found


@pytest.mark.parametrize("face", FACES)
def test_each_face_lists_the_same(filled: Faces, face: str):
    assert answers(filled, face) == [
        (
            "Haaretz",
            "3 alerting stories from 2 sources: linked in 2 articles, named in 1 article",
            "https://haaretz.com",
        ),
        ("SID", "1 alerting story from 1 source: credited as agency in 1 article", ""),
        ("Reuters", "1 alerting story from 1 source: credited as agency in 1 article", "https://reuters.com"),
    ]
    assert answers(filled, face, "1h") == []


def test_the_evidence_is_shown(filled: Faces):
    first, sid, _ = filled.client.get(f"{V1}/sources/suggestions").json()["items"]
    assert [one["evidence"] for one in first["examples"]] == [
        HAARETZ,
        "She told «Haaretz» that the port was closed.",
        HAARETZ,
    ]
    assert [one["evidence"] for one in sid["examples"]] == ["credited to SID"]
    html = filled.client.get("/source-suggestions").text
    assert "named as agency; no address known" in html
    assert "She told «Haaretz» that the port was closed." in html
    shown = filled.command(commands.app, "suggest").output
    assert "wirewatch sources add https://haaretz.com" in shown
    assert "named as agency; no address known" in shown


def test_one_click_leads_to_the_form_with_the_address(filled: Faces):
    html = filled.client.get("/source-suggestions").text
    link = re.search(r'href="(/new-source\?[^"]+)"', html)
    assert link
    assert 'name="address" value="https://haaretz.com"' in filled.client.get(unescape(link[1])).text
    assert urlsplit(link[1]).path == "/new-source"
    assert '<a href="/source-suggestions">' in filled.client.get("/sources").text


def dismissed(faces: Faces, face: str, key: str) -> None:
    if face == "command":
        result = faces.command(commands.app, "suggest", "--dismiss", key)
        assert result.exit_code == 0, result.output
    elif face == "api":
        writer = {"authorization": "Bearer writer"}
        answer = faces.client.post(f"{V1}/sources/suggestions/dismiss", json={"key": key}, headers=writer)
        assert answer.status_code == 204, answer.text
    else:
        form = {"outlet": key, "csrf": token_in(faces.client.get("/source-suggestions").text)}
        answer = faces.client.post("/source-suggestions/dismiss", data=form, follow_redirects=False)
        assert answer.status_code == 303


@pytest.mark.parametrize("face", FACES)
def test_what_one_face_dismisses_none_shows(filled: Faces, face: str):
    dismissed(filled, face, "haaretz.com")
    dismissed(filled, face, "sid")
    for one in FACES:
        assert [name for name, *_ in answers(filled, one)] == ["Reuters"]


def test_watched_hosts_and_their_sister_domains_are_not_suggested(filled: Faces):
    path = filled.site.watch_file.path
    text = path.read_text()
    path.write_text(text.replace("sources:\n", "sources:\n  - {id: h, feed: 'https://rss.haaretz.co.il/all.xml'}\n", 1))
    assert [name for name, *_ in answers(filled, "command")] == ["SID", "Reuters"]


def test_an_ordinary_word_counts_beside_a_link(filled: Faces):
    link = Citation("link", "thesun.co.uk", "https://www.thesun.co.uk/news/1234567/a-ship-was-late-again/")
    filled.site.archive.store([entry(6, [link])])
    found = {name: reason for name, reason, _ in answers(filled, "api")}
    assert found["Sun"].startswith("2 alerting stories from 2 sources: linked in 1 article, named in 1 article")


def test_an_unknown_name_counts_if_it_looks_like_an_outlet_and_is_named_twice(filled: Faces):
    post = Citation("name", "Kivu Morning Post")
    filled.site.archive.store([entry(6, [post])])
    assert "Kivu Morning Post" not in [name for name, *_ in answers(filled, "api")]
    filled.site.archive.store([entry(7, [post])])
    assert ("Kivu Morning Post", "") in [(name, address) for name, _, address in answers(filled, "api")]


def test_mistakes(filled: Faces):
    assert filled.client.get("/source-suggestions", params={"since": "soon"}).status_code == 422
    assert filled.client.get(f"{V1}/sources/suggestions", params={"since": "soon"}).status_code == 422
    assert filled.command(commands.app, "suggest", "--since", "soon").exit_code == 2
    assert filled.command(commands.app, "suggest", "--dismiss", " ").exit_code == 2
