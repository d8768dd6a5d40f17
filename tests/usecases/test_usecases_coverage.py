"""Coverage at a glance, asked of all three faces."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import unescape
from itertools import pairwise

import pytest
from usecases_faces import FACES, V1, Faces
from web.web_samples import alert, article

from crawler.archive import Entry
from crawler.archive.coverage.sightings import Named, SourceWeek
from crawler.archive.queries.health import SourceProblem
from crawler.archive.queries.sources import NamedSource
from crawler.cli import report
from crawler.config import parse_watch
from crawler.health import Condition
from crawler.health.canary import CanaryResult, Stage
from crawler.health.recall import Recall, Unknown, recall
from crawler.items import SiteListing
from crawler.runtime import utc_now
from crawler.service.scheduler.coverage import last_week
from crawler.service.scheduler.health import problem_alert
from crawler.usecases.coverage.overview import Show, coverage, rule_coverage
from crawler.usecases.coverage.texts import found_text, percent_text, unknown_text

NOW = utc_now()
MONDAY = last_week(NOW)
WEEK = timedelta(days=7)
FEED = SiteListing("feed", "https://coast.example/feed.xml")
SITEMAP = SiteListing("sitemap", "https://coast.example/news.xml", own=False)
ESTIMATED = Recall(40, 60, 60, 66)
FULL = Recall(50, 50, 50, 50)
UNKNOWN = Recall(30, 30, 30, unknown=Unknown.NO_CHECK)
FILE = """\
sources:
  - {id: coast, feed: "https://coast.example/feed.xml", tags: [harbour]}
  - {id: meridian, feed: "https://meridian.example/feed.xml"}
  - {id: silent, feed: "https://silent.example/feed.xml"}
  - {id: ill, feed: "https://ill.example/feed.xml"}
  - {id: off, feed: "https://off.example/feed.xml", paused: true}
  - {id: full, feed: "https://full.example/feed.xml"}
rules:
  - {id: floods, query: flood*}
  - {id: storms, query: storm}
  - {id: fires, query: fire, paused: true}
"""


def save(faces: Faces, source: str, found: Recall, monday: datetime = MONDAY, shares: Sequence[Named] = ()) -> None:
    faces.site.archive.coverage.save_week(SourceWeek(source, monday, found, tuple(shares)))


@pytest.fixture
def filled(faces: Faces) -> Faces:
    faces.site.watch_file.path.write_text(FILE)
    archive = faces.site.archive
    shares = (Named(FEED, 40), Named(SITEMAP, 35, 20))
    for back in range(3):
        save(faces, "coast", ESTIMATED, MONDAY - back * WEEK, shares)
    save(faces, "coast", Recall(1, 1, 1, unknown=Unknown.TOO_FEW), MONDAY + WEEK)
    save(faces, "meridian", UNKNOWN)
    save(faces, "full", FULL, MONDAY + WEEK)
    save(faces, "off", ESTIMATED)
    save(faces, "former", ESTIMATED)
    known = parse_watch(FILE, {}, subject="w").source_by_id
    one = SourceProblem("ill", Condition.FROZEN, NOW - timedelta(days=2), NOW, "x")
    archive.health.begin(one, problem_alert(known["ill"], one, NOW), [])
    for back, stopped in ((1, None), (2, Stage.STORED), (3, None)):
        at = NOW - timedelta(hours=back)
        passed = ((Stage.RECEIVED, at + timedelta(seconds=2 * back)),) if stopped is None else ()
        archive.canaries.end(CanaryResult(f"{back:016x}", at, at + timedelta(minutes=10), stopped, "", passed))
    return faces


def listed(faces: Faces, face: str, **asked: str) -> list[str]:
    """The ids of the listed sources."""
    if face == "command":
        words = [asked.pop("q")] if "q" in asked else []
        result = faces.command(report.app, "coverage", *words, "--json", **asked)
        assert result.exit_code == 1, result.output
        return [one["source"] for one in json.loads(result.stdout)["sources"]]
    if face == "api":
        return [one["source"] for one in faces.client.get(f"{V1}/coverage", params=asked).json()["items"]]
    html = faces.client.get("/coverage", params=asked).text
    return re.findall(r'class="row-title" href="/sources/([^"]+)"', html)


@pytest.mark.parametrize("face", FACES)
def test_the_worst_come_first_and_can_be_chosen(filled: Faces, face: str):
    assert listed(filled, face) == ["ill", "coast", "meridian", "full", "silent", "off"]
    assert listed(filled, face, show="missing") == ["coast", "off"]
    assert listed(filled, face, show="problems") == ["ill"]
    assert listed(filled, face, show="unknown") == ["ill", "meridian", "silent"]
    assert listed(filled, face, q="Harbour") == ["coast"]
    assert listed(filled, face, q="ridian", show="missing") == []


def test_the_command_and_the_api_return_the_same(filled: Faces):
    command = json.loads(filled.command(report.app, "coverage", "--json").stdout)
    api = filled.client.get(f"{V1}/coverage").json()
    for one in api["items"]:
        one["problems"] = [problem["name"] for problem in one["problems"]]
    assert command["sources"] == api["items"]
    for name in ("week", "matches", "totals", "canary"):
        assert command[name] == api[name]
    assert command["rules"] == filled.client.get(f"{V1}/coverage/rules").json()["items"]


def test_the_figures_of_a_source(filled: Faces):
    coast = filled.client.get(f"{V1}/coverage", params={"q": "coast"}).json()["items"][0]
    week = coast["week"]
    assert coast["is_whole"] is True
    assert (week["named"], week["seen"], week["least"], week["most"], week["unknown"]) == (40, 60, 60, 66, "")
    assert (round(week["lowest_share"], 2), round(week["highest_share"], 2)) == (0.61, 0.67)
    assert [one is not None for one in coast["trend"]] == [False] * 5 + [True] * 3
    assert [(one["kind"], one["own"], one["articles"], one["alone"]) for one in coast["listings"]] == [
        ("feed", True, 40, 0),
        ("sitemap", False, 35, 20),
    ]
    html = unescape(filled.client.get("/coverage", params={"q": "coast"}).text)
    assert "40 of 60 to 66 articles; checks found 20 more <b>60 to 67 %</b>" in html
    assert "sitemap, read as a check" in html
    assert '<td class="num">58 %</td>' in html


def test_what_cannot_be_told_says_why_and_shows_no_share(filled: Faces):
    meridian = filled.client.get(f"{V1}/coverage", params={"q": "meridian"}).json()["items"][0]
    assert (meridian["week"]["most"], meridian["week"]["lowest_share"]) == (None, None)
    assert meridian["week"]["unknown"] == "no other listing of the site was read"
    html = filled.client.get("/coverage", params={"q": "meridian"}).text
    assert "Cannot tell how many were published: no other listing of the site was read." in html
    assert "<b>" not in html.split("data-row")[1].split("row-chart")[0]
    silent = filled.client.get("/coverage", params={"q": "silent"}).text
    assert "Cannot tell how many were published: nothing new has appeared in its listings since" in silent
    assert "delay unknown: no article of the last 7 days has a certain publication time" in silent


def test_a_week_that_goes_on_says_since_when(filled: Faces):
    full = filled.client.get(f"{V1}/coverage", params={"q": "full"}).json()["items"][0]
    assert full["is_whole"] is False
    html = filled.client.get("/coverage", params={"q": "full"}).text
    assert f"50 of 50 articles since {(MONDAY + WEEK).day} " in html


def test_totals_leave_out_paused_and_former_sources(filled: Faces):
    totals = filled.client.get(f"{V1}/coverage").json()["totals"]
    assert totals == {
        "sources": 5, "estimated": 2, "incomplete": 1, "with_problems": 1, "named": 90, "least": 110, "most": 116,
    }  # fmt: skip


def test_pages_follow_each_other(filled: Faces):
    found: list[str] = []
    answer = filled.client.get(f"{V1}/coverage", params={"limit": "4"}).json()
    found += [one["source"] for one in answer["items"]]
    answer = filled.client.get(answer["next"]).json()
    found += [one["source"] for one in answer["items"]]
    assert found == listed(filled, "page")
    assert answer["next"] is None


def test_freshness_leaves_out_uncertain_times_and_what_is_older_than_the_source(filled: Faces):
    archive = filled.site.archive
    archive.sources.note([NamedSource("coast", "https://coast.example/feed.xml")], NOW - timedelta(days=3))
    minutes = {1: 4, 2: 6, 3: 8, 4: 60 * 24 * 2, 5: 60 * 24 * 30}
    for number, took in minutes.items():
        found = NOW - timedelta(minutes=number)
        entry = Entry(article(number, found=found, published=found - timedelta(minutes=took)))
        archive.store([entry])
    unsure = article(6, found=NOW, published=NOW - timedelta(hours=9), published_uncertain=True)
    archive.store([Entry(unsure), Entry(article(7, found=NOW, published=None))])
    coast = filled.client.get(f"{V1}/coverage", params={"q": "coast"}).json()["items"][0]
    assert coast["freshness"]["articles"] == 4, "the one of a month ago is older than the source"
    assert coast["freshness"]["median_s"] in {6 * 60, 8 * 60}
    assert "after publication (median of 4 articles)" in filled.client.get("/coverage", params={"q": "coast"}).text


def test_the_canary(filled: Faces):
    canary = filled.client.get(f"{V1}/coverage").json()["canary"]
    assert (canary["passed"], canary["late"], canary["median_s"], canary["problem"]) == (2, 1, 4.0, "")
    assert len(canary["days"]) == 7
    assert sum(one["passed"] for one in canary["days"]) == 2
    assert "3 published, 1 late; median 4.0 s" in filled.client.get("/coverage").text


def hit(faces: Faces, number: int, matched: datetime, rule: str = "floods", **fields: object) -> None:
    one = article(number, found=matched)
    raised = alert(one, rule, id=f"{rule}-{number}", matched=matched, story=f"{number:016x}", **fields)
    faces.site.archive.store([Entry(one, (raised,), story=f"{number:016x}")])


def test_rules_with_few_hits_come_first_paused_ones_last(filled: Faces):
    for number in (1, 2):
        hit(filled, number, NOW - timedelta(days=number))
    hit(filled, 3, NOW - timedelta(days=20), "storms")
    hit(filled, 4, NOW - timedelta(hours=1), "storms", kind="headline")
    hit(filled, 5, NOW - timedelta(hours=1), "storms", baseline=True)
    rows = filled.client.get(f"{V1}/coverage/rules").json()["items"]
    assert [(one["rule"], one["hits"], one["paused"]) for one in rows] == [
        ("storms", 0, False),
        ("floods", 2, False),
        ("fires", 0, True),
    ]
    assert datetime.fromisoformat(rows[0]["last_hit"]) == NOW - timedelta(days=20)
    assert rows[2]["last_hit"] is None
    assert rows[0]["near_misses"] is None


@pytest.mark.parametrize("face", FACES)
def test_near_misses_are_counted_on_request(filled: Faces, face: str):
    text = "The floood reached the harbour in the morning. Nobody had expected it to come so early."
    filled.site.archive.store([Entry(article(1, title="Harbour", lead="", text=text, found=NOW))])
    filled.site.watch_file.path.write_text(FILE.replace("flood*", "flood"))
    if face == "command":
        shown = json.loads(filled.command(report.app, "coverage", "--json", "--near-misses").stdout)
        counted = {one["rule"]: one["near_misses"] for one in shown["rules"]}
        assert counted == {"floods": 1, "storms": 0, "fires": None}
    elif face == "api":
        rows = filled.client.get(f"{V1}/coverage/rules", params={"count": "floods"}).json()["items"]
        assert {one["rule"]: one["near_misses"] for one in rows} == {"floods": 1, "storms": None, "fires": None}
    else:
        html = filled.client.get("/coverage", params={"count": "floods"}).text
        assert re.search(r'href="/near-misses/floods\?since=7d">1<', html)
        assert html.count(">count<") == 2


def test_exit_codes(filled: Faces):
    done = filled.command(report.app, "coverage")
    assert done.exit_code == 1
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[1][:4] == ["coast", "40", "60", "66"]
    assert lines[0][5] == "frozen"
    filled.site.watch_file.path.write_text("sources:\n  - {id: full, feed: 'https://full.example/feed.xml'}\n")
    assert filled.command(report.app, "coverage").exit_code == 0
    late = NOW - timedelta(minutes=20)
    filled.site.archive.canaries.end(CanaryResult("f" * 16, late, NOW, Stage.BEGUN))
    assert filled.command(report.app, "coverage").exit_code == 1
    filled.site.watch_file.path.write_text("sources: 7\n")
    assert filled.command(report.app, "coverage").exit_code == 2


def test_an_archive_that_cannot_be_read_is_exit_code_2(filled: Faces, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", f"sqlite:///{filled.folder}/none.db")
    assert filled.command(report.app, "coverage").exit_code == 2


def test_nothing_yet(faces: Faces):
    faces.site.watch_file.path.write_text("{}\n")
    html = faces.client.get("/coverage").text
    assert "No sources yet." in html
    assert "No rules yet." in html
    assert "No canary yet" in html
    assert faces.client.get(f"{V1}/coverage").json()["items"] == []


def test_mistakes(filled: Faces):
    for params in ({"show": "best"}, {"start": "-1"}):
        assert filled.client.get("/coverage", params=params).status_code == 422
    assert filled.client.get(f"{V1}/coverage", params={"show": "best"}).status_code == 422
    assert filled.client.get("/coverage", params={"count": "none"}).status_code == 200


@pytest.mark.parametrize(
    ("found", "text", "percent", "unknown"),
    [
        (Recall(996, 998, 998, 1005), "996 of 998 to 1,005 articles; checks found 2 more", "99 to 100 %", ""),
        (Recall(50, 50, 50, 50), "50 of 50 articles", "100 %", ""),
        (Recall(1, 1, 1, unknown=Unknown.TOO_FEW), "1 article", "", "its other listings named too few articles"),
        (
            Recall(3, 20, 20, unknown=Unknown.APART),
            "3 articles; checks found 17 more",
            "",
            "its other listings name hardly any of its articles",
        ),
    ],
)
def test_texts(found: Recall, text: str, percent: str, unknown: str):
    assert found_text(found) == text
    assert percent_text(found) == percent
    assert unknown_text(found) == (f"cannot tell how many were published: {unknown}" if unknown else "")


def test_the_percentage_contains_the_share():
    for missing in range(1, 60):
        found = recall([(True, 1)] * 60 + [(True, 2)] * 40 + [(False, 1)] * missing, checks=2)
        if found.most is not None:
            low, *_, high = re.findall(r"\d+", percent_text(found))
            assert int(low) <= 100 * (found.lowest_share or 0)
            assert int(high) >= 100 * (found.highest_share or 0)


def test_many_sources_are_paged(faces: Faces):
    text = "".join(f"  - {{id: s{n}, feed: 'https://s{n}.example/'}}\n" for n in range(120))
    faces.site.watch_file.path.write_text(f"sources:\n{text}")
    for number in range(120):
        save(faces, f"s{number}", Recall(number, 120, 120, unknown=Unknown.APART))
    archive, sources = faces.site.archive, faces.site.watch_file.read().watch.sources
    found = coverage(archive, sources, NOW, start=100, limit=50)
    assert (found.matches, len(found.sources)) == (120, 20)
    shares = [one.recall.highest_share or 0 for one in found.sources if one.recall]
    assert all(one <= other for one, other in pairwise(shares))
    assert coverage(archive, sources, NOW, show=Show.MISSING).matches == 108
    html = faces.client.get("/coverage", params={"start": "50"}).text
    assert "numbers 51 to 100" in html
    assert "start=100" in html
    assert rule_coverage(archive, faces.site.watch_file.read().watch, NOW).rules == ()
