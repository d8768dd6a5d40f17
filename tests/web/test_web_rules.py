"""Rules in the page: explained, refused with a correction, tried, tested, and saved without touching the rest."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from web_samples import NOW, alert, article, client_of, make_site, token_in

from crawler.archive import Archive, Entry
from crawler.config import load_watch
from crawler.rules import RuleSpec, compile_rule
from crawler.usecases import backtesting
from crawler.usecases.backtesting import Backtest
from crawler.web import Site
from crawler.web.forms.drafts import Draft, SubmittedForm
from crawler.web.forms.explanation import explained

FILE = """\
# The desk's file
sources:
  - {id: coast, feed: "https://coast.example/feed.xml", tags: [harbour, coast]}   # the coast
rules:            # what we look for
  # loved since 2019
  - id: floods    # water
    query: flood* # all of it
    send: [desk]
  - id: leaders
    any: ["@names", Fuad Hussein]
    examples:
      match: ["Kadhimi resigns", "A headline\\nand a text with Kadhemi"]
    on: [new, spike]
lists:
  names: [Kadhimi, Kadhemi]
channels:
  - {id: desk, url: "terminal:"}
  - {id: night, url: "terminal:"}
"""
HTMX = {"HX-Request": "true"}


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[tuple[TestClient, Site]]:
    (tmp_path / "watch.yaml").write_text(FILE)
    with Archive.open(f"sqlite:///{tmp_path}/wirewatch.db") as archive:
        for number in range(29, -1, -1):
            one = article(number, url=f"https://o{number}.example/", canonical_url="")
            raised = (alert(one),) if number == 7 else ()
            archive.store([Entry(one, raised, (), f"{number:016x}")])
    site = make_site(tmp_path)
    with client_of(site) as client:
        yield client, site


def fields_of(html: str) -> dict[str, str | list[str]]:
    """What a browser would send of the rule's form."""
    form = html[html.index('action="/rules/save"') : html.index("</form>", html.index('action="/rules/save"'))]
    found: dict[str, str | list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        assert name
        if 'type="checkbox"' not in tag:
            found[name[1]] = unescape(value[1]) if value else ""
        elif " checked" in tag and value:
            found.setdefault(name[1], []).append(value[1])  # type: ignore[union-attr]
    for name, value in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(value).replace("\r\n", "\n").replace("\n", "\r\n")  # as browsers send it
    return found


def send(client: TestClient, path: str, fields: dict[str, str | list[str]], **headers: str):
    return client.post(path, data=fields, headers=headers)


def test_the_list_says_what_each_rule_means(mine: tuple[TestClient, Site]):
    client, _ = mine
    html = unescape(client.get("/rules").text)
    assert 'Matches an article when a word beginning with "flood" appears.' in html
    assert "sends to <bdi>desk</bdi>" in html
    assert "no notifications" in html
    assert "1 in 14 days, 1 today" in html
    assert html.count('<svg class="small-chart"') == 2


def test_a_form_that_is_sent_back_unchanged_changes_nothing(mine: tuple[TestClient, Site]):
    client, site = mine
    for name in ("floods", "leaders"):
        answer = send(client, "/rules/save", fields_of(client.get(f"/rules/{name}/edit").text))
        assert answer.status_code == 303, answer.text
        assert site.watch_file.path.read_text() == FILE


def test_a_change_leaves_comments_and_the_rest_alone(mine: tuple[TestClient, Site]):
    client, site = mine
    fields = fields_of(client.get("/rules/floods/edit").text)
    sent = fields | {"query": "(flood* OR\r\n  drought)\r\nAND water", "send": ["desk", "night"], "urgent": "1"}
    answer = send(client, "/rules/save", sent)
    assert answer.headers["location"] == "/rules?saved=floods"
    assert "was saved" in client.get("/rules?saved=floods").text
    text = site.watch_file.path.read_text()
    for kept in ("# The desk's file", "# the coast", "# loved since 2019", "# water", "# all of it"):
        assert kept in text
    rule = load_watch(site.watch_file.path, {}).rules[0]
    assert rule.query == "(flood* OR\ndrought)\nAND water"
    assert rule.send == ("desk", "night")
    assert rule.urgent
    again = fields_of(client.get("/rules/floods/edit").text)
    assert again["query"] == "(flood* OR\r\ndrought)\r\nAND water"


def test_a_new_rule_is_added_after_the_others(mine: tuple[TestClient, Site]):
    client, site = mine
    fields = fields_of(client.get("/rules/new?query=ferry+AND+harbour").text)
    assert fields["query"] == "ferry AND harbour"
    more = {
        "id": "boats",
        "tags": "harbour, coast",
        "languages": "en",
        "match": "The ferry is in the harbour\r\n\r\nFerry\r\nleft the harbour",
        "on": ["new", "changed"],
    }
    assert send(client, "/rules/save", fields | more).status_code == 303
    rule = load_watch(site.watch_file.path, {}).rules[-1]
    assert rule.id == "boats"
    assert (rule.sources.tags, rule.languages) == (("harbour", "coast"), ("en",))
    assert rule.examples
    assert rule.examples.match == ("The ferry is in the harbour", "Ferry\nleft the harbour")
    assert rule.on == ("new", "changed")


def test_a_conflicting_change_is_reported_and_nothing_is_overwritten(mine: tuple[TestClient, Site]):
    client, site = mine
    fields = fields_of(client.get("/rules/floods/edit").text)
    path = site.watch_file.path
    path.write_text(FILE.replace("query: flood*", "query: flood* OR storm*"))
    answer = send(client, "/rules/save", fields | {"query": "deluge"})
    assert answer.status_code == 409
    assert "the watch file has changed since you opened this form" in answer.text
    assert "flood* OR storm*" in answer.text, "theirs is shown"
    assert "storm*" in path.read_text()
    again = fields_of(answer.text)
    assert again["query"] == "deluge", "mine is not lost"
    assert send(client, "/rules/save", again).status_code == 303
    assert load_watch(path, {}).rules[0].query == "deluge"
    path.write_text(FILE.replace("id: floods ", "id: waters "))
    gone = send(client, "/rules/save", again)
    assert gone.status_code == 409


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"id": "Bad Name"}, "lowercase letters"),
        ({"id": "floods"}, "floods"),
        ({"send": ["nobody"]}, "nobody"),
        ({"languages": "english"}, "english"),
        ({"match": "Nothing of the kind"}, "the rule does not match this example"),
    ],
)
def test_mistakes_are_shown_at_their_lines(mine: tuple[TestClient, Site], fields: dict[str, str], told: str):
    client, site = mine
    blank = fields_of(client.get("/rules/new").text) | {"id": "new-one", "query": "ferry"}
    answer = send(client, "/rules/save", blank | fields)
    assert answer.status_code == 422
    html = unescape(answer.text)
    assert "Not saved" in html
    assert told in html
    assert re.search(r"line \d+, column \d+", html)
    assert re.search(r"<pre[^>]*> +\d+ \| .*\n +\^</pre>", html)
    assert site.watch_file.path.read_text() == FILE


def test_a_rule_that_cannot_be_read_is_never_written(mine: tuple[TestClient, Site]):
    client, site = mine
    blank = fields_of(client.get("/rules/new").text) | {"id": "new-one"}
    for query in ("", "a OR b AND c", "*rocket"):
        assert send(client, "/rules/save", blank | {"query": query}).status_code == 422
    assert site.watch_file.path.read_text() == FILE


def test_a_refusal_comes_with_its_correction_and_a_click_takes_it(mine: tuple[TestClient, Site]):
    client, _ = mine
    fields = fields_of(client.get("/rules/new").text) | {"query": "a OR b AND c", "term": "kept"}
    said = unescape(send(client, "/rules/explain", fields, **HTMX).text)
    assert "<html" not in said
    assert "column 8" in said
    assert "a OR b AND c\n       ^" in said
    take = re.search(r'value="(query\.0=[^"]+)"', said)
    assert take
    assert take[1] == "query.0=(a OR b) AND c"
    words = send(client, "/rules/draft", fields | {"correction": take[1]}, **HTMX).text
    assert words.lstrip().startswith('<div id="rule-fields"')
    assert ">(a OR b) AND c</textarea>" in words
    page = send(client, "/rules/draft", fields | {"correction": take[1]}).text
    assert "<html" in page
    assert fields_of(page)["query"] == "(a OR b) AND c"
    assert fields_of(page)["term"] == "kept", "nothing else is lost"


def test_words_without_operators(mine: tuple[TestClient, Site]):
    client, site = mine
    fields = fields_of(client.get("/rules/new").text) | {"id": "words", "any": "dam\r\nca*", "none": "sale"}
    said = unescape(send(client, "/rules/explain", fields, **HTMX).text)
    assert "any, column 1" in said
    fields["any"] = "dam\r\ncatch*\r\n"
    both = unescape(send(client, "/rules/explain", fields | {"query": "x"}, **HTMX).text)
    assert "either the query or the word lists" in both
    assert send(client, "/rules/save", fields).status_code == 303
    rule = load_watch(site.watch_file.path, {}).rules[-1]
    assert (rule.any, rule.none) == (("dam", "catch*"), ("sale",))


def test_a_draft_is_tried_on_a_text(mine: tuple[TestClient, Site]):
    client, _ = mine
    fields = fields_of(client.get("/rules/floods/edit").text)
    fields |= {"try_title": "The <b>flood</b>", "try_text": "One.\r\nFlooded fields.", "sources": "meridian"}
    said = send(client, "/rules/explain", fields, **HTMX).text
    assert "Matches this text" in said
    assert "<mark>flood</mark>" in said
    assert "&lt;b&gt;" in said
    assert "<mark>Flooded</mark> fields." in said
    missed = send(client, "/rules/explain", fields | {"try_title": "", "try_text": "Nothing"}, **HTMX).text
    assert "Does not match this text" in missed


def test_lists_of_the_file_are_known(mine: tuple[TestClient, Site]):
    client, _ = mine
    said = unescape(send(client, "/rules/explain", fields_of(client.get("/rules/leaders/edit").text), **HTMX).text)
    assert '"Kadhimi"' in said
    assert '"Kadhemi"' in said


def test_spellings_of_the_archive_go_into_the_query(mine: tuple[TestClient, Site]):
    client, _ = mine
    fields = fields_of(client.get("/rules/new").text) | {"query": "harbor AND ship", "term": "harbor"}
    found = unescape(send(client, "/rules/suggest", fields, **HTMX).text)
    assert "harbour" in found
    take = re.search(r'value="(query\.0=[^"]+)"', found)
    assert take
    assert take[1] == "query.0=(harbour) AND ship"
    assert "Enter a name first" in send(client, "/rules/suggest", fields | {"term": " "}, **HTMX).text
    assert "No similar spelling of" in send(client, "/rules/suggest", fields | {"term": "xyzzyx"}, **HTMX).text
    assert "harbour" in send(client, "/rules/draft", fields | {"action": "spellings"}).text


def waited(client: TestClient, address: str) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        html = client.get(address, headers=HTMX).text
        if "hx-get" not in html:
            return html
        time.sleep(0.05)
    raise AssertionError("the job never ended")


def test_a_back_test_shows_what_it_would_have_matched(mine: tuple[TestClient, Site]):
    client, _ = mine
    fields = fields_of(client.get("/rules/floods/edit").text) | {"since": "7d"}
    begun = send(client, "/rules/test", fields)
    assert begun.status_code == 303
    html = unescape(waited(client, begun.headers["location"]))
    assert re.search(r"\d+ hits, \d+ stories", html), html
    assert "alerts a day" in html
    assert '<svg class="chart"' in html
    assert "<mark>flood</mark>" in html
    assert html.count('<li class="row wide">') == backtesting.SAMPLES
    assert "<table" in html
    page = client.get(begun.headers["location"]).text
    assert "<html" in page
    none = send(client, "/rules/test", fields | {"query": "zeppelin", "since": "365d"}, **HTMX).text
    job = re.search(r"/backtests/([\w-]+)", none)  # where it was not over at once
    assert "would not have raised an alert" in (waited(client, f"/backtests/{job[1]}") if job else none)


@pytest.mark.slow
def test_a_back_test_in_a_process_of_its_own(mine: tuple[TestClient, Site], monkeypatch: pytest.MonkeyPatch):
    _, site = mine
    rule = compile_rule(RuleSpec("r", "flood NOT zeppelin"))
    test = Backtest(site.archive, site.places.database_url, rule, NOW - timedelta(days=1), NOW, {}, 1)
    alone = test.run()
    monkeypatch.setattr(backtesting, "FEW", 10)
    monkeypatch.setattr(backtesting, "CHUNK", 7)
    apart = test.run()
    assert sorted(alone.found, key=lambda one: one.id) == sorted(apart.found, key=lambda one: one.id)
    part = test.run(lambda done, total: False)
    assert not part.complete
    assert 0 < len(part.found) < len(alone.found)
    assert part.since > alone.since, "the newest first"
    assert {one.id for one in part.found} <= {one.id for one in alone.found}


def test_an_invalid_back_test_is_rejected(mine: tuple[TestClient, Site]):
    client, _ = mine
    fields = fields_of(client.get("/rules/floods/edit").text)
    assert send(client, "/rules/test", fields | {"query": "a OR b AND c"}, **HTMX).status_code == 422
    assert "is not a time" in send(client, "/rules/test", fields | {"since": "ever"}, **HTMX).text
    assert send(client, "/rules/test", fields | {"query": "*"}).status_code == 422
    assert client.get("/backtests/unknown").status_code == 404
    token = token_in(client.get("/rules").text)
    assert client.post("/backtests/unknown/cancel", data={"csrf": token}).status_code == 303


def test_pause_and_resume(mine: tuple[TestClient, Site]):
    client, site = mine
    token = token_in(client.get("/rules").text)
    assert client.post("/rules/floods/pause", data={"csrf": token}).status_code == 303
    assert load_watch(site.watch_file.path, {}).rules[0].paused
    assert "Resume" in client.get("/rules").text
    assert client.post("/rules/floods/resume", data={"csrf": token}).status_code == 303
    assert site.watch_file.path.read_text() == FILE
    assert client.post("/rules/nothing/pause", data={"csrf": token}).status_code == 404


def test_deleting_asks_first(mine: tuple[TestClient, Site]):
    client, site = mine
    page = client.get("/rules/leaders/delete").text
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    fields = {"csrf": token_in(page), "seen": seen[1]}
    site.watch_file.path.write_text(FILE + "# later\n")
    assert client.post("/rules/leaders/delete", data=fields).status_code == 409
    page = client.get("/rules/leaders/delete").text
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    assert client.post("/rules/leaders/delete", data=fields | {"seen": seen[1]}).status_code == 303
    assert [rule.id for rule in load_watch(site.watch_file.path, {}).rules] == ["floods"]
    assert "# loved since 2019" in site.watch_file.path.read_text()


def test_the_first_rule_of_a_file_that_is_not_there_yet(tmp_path: Path):
    site = make_site(tmp_path)
    site.watch_file.path.unlink()
    with client_of(site) as client:
        assert "No rules yet" in client.get("/rules").text
        fields = fields_of(client.get("/rules/new").text) | {"id": "first", "query": "ferry"}
        assert send(client, "/rules/save", fields).status_code == 303
    assert load_watch(site.watch_file.path, {}).rules[0].query == "ferry"


TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=60)


@given(
    st.builds(
        SubmittedForm,
        query=TEXT,
        any=TEXT,
        none=TEXT,
        title_any=TEXT,
        languages=TEXT,
        forms=TEXT,
        match=TEXT,
        correction=TEXT,
    )
)
def test_whatever_is_typed_is_explained_or_rejected(sent: SubmittedForm):
    explanation = explained(sent, {"names": ("a", "b")}, "A title", "and a text")
    assert explanation.valid == bool(explanation.text)
    for one in explanation.part_errors:
        assert one.mistake.message
        fixed = sent.corrected(one.correction)
        assert not one.correction or fixed != sent or one.mistake.fix == one.mistake.query
    assert isinstance(sent.corrected(sent.correction), SubmittedForm)
    assert Draft.of(sent.entry()).entry() == sent.entry()
    assert sent.changes(sent) == {}


def test_an_invalid_correction_changes_nothing():
    draft = Draft(any="a\nb")
    assert draft.corrected("any.1=c").any == "a\nc"
    assert draft.corrected("any.9=c") == draft
    assert draft.corrected("id.0=c") == draft
    assert Draft.of({"any": "x", "sources": 7, "examples": [1], "on": None, "query": 3}).entry()["query"] == "3"
