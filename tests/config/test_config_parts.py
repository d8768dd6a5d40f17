"""OPML, changes, the JSON Schema, the starter, frames, durations, ids."""

import json
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Watch, fingerprint, json_schema, parse_watch, starter
from crawler.config.file.frame import frame, masked
from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import ID, read_duration, read_id, show_duration, slug, suggest_id
from crawler.config.opml import MAX_BYTES, read_opml, write_opml
from crawler.config.section import Section
from crawler.errors import FeedError, Problem


def watch(text: str) -> Watch:
    return parse_watch(text, {}, subject="")


OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>mine</title></head><body>
<outline text="World news"><outline title="Afrique de l'Ouest">
  <outline type="rss" text="BBC Africa" xmlUrl="https://feeds.example.org/africa.xml" category="/News/Top,radio"/>
</outline>
<outline type="rss" text="Again" xmlUrl="https://feeds.example.org/africa.xml"/>
<outline type="rss" text="Known" xmlUrl="https://known.org/rss"/>
<outline type="rss" text="A file" xmlUrl="file:///etc/passwd"/>
<outline type="rss" xmlUrl="feed://old.org/rss"/></outline>
<outline text="Новости"><outline text="BBC Africa" xmlUrl="https://other.org/rss"/></outline>
<outline text="empty"/>
</body></opml>"""


def test_opml_gives_sources_with_their_folders_as_tags_and_says_what_was_left_out():
    known = watch("sources: [{id: old, feed: https://known.org/rss}]").sources
    found = read_opml(OPML.encode(), known, subject="f")
    assert found.sources == (
        {
            "id": "bbc-africa",
            "feed": "https://feeds.example.org/africa.xml",
            "tags": ["world-news", "afrique-de-l-ouest", "news", "top", "radio"],
        },
        {"id": "old-2", "feed": "http://old.org/rss", "tags": ["world-news"]},
        {"id": "bbc-africa-2", "feed": "https://other.org/rss"},
    )
    assert [line.split(":")[0] for line in found.skipped] == ["Again", "Known", "A file", "tag Новости"]
    Watch.model_validate({"sources": found.sources})


def test_opml_goes_out_and_comes_back():
    text = (
        "sources: [{id: a, feed: 'https://a.org/?x=1&y=2', tags: [t, u]}, {id: b, feed: https://b.org},"
        " {id: c, site: https://c.org}, {id: d, feed: https://d.org, tags: [t]}]"
    )
    back = read_opml(write_opml(watch(text).sources).encode(), (), subject="").sources
    assert {entry["id"]: entry.get("tags", []) for entry in back} == {"a": ["t", "u"], "b": [], "d": ["t"]}
    assert back[0]["feed"] == "https://a.org/?x=1&y=2"


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "not an OPML"),
        (b"sources: []", "not an OPML"),
        (b"<html><body/></html>", "no <opml>"),
        (b"<opml/>", "no <opml>"),
        (b"<!DOCTYPE o [<!ENTITY a 'b'>]><opml><body>&a;</body></opml>", "entities"),
        (b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><body>&a;</body></opml>', "entities"),
        (b'<?xml version="1.0" encoding="x-none"?><opml><body/></opml>', "not an OPML"),
        (b" " * (MAX_BYTES + 1), "more than 16 MiB"),
    ],
)
def test_what_is_no_opml_is_refused(data: bytes, match: str):
    with pytest.raises(FeedError, match=match):
        read_opml(data, (), subject="f")


@pytest.mark.parametrize(
    ("given", "title", "url"),
    [
        ("A & B|https://e.org/f?a=1&b=2", "a-b", "https://e.org/f?a=1&b=2"),
        ("Caf&eacute; &amp; Bar&nbsp;1|https://e.org/f?a=1&amp;b=2", "cafe-bar-1", "https://e.org/f?a=1&b=2"),
        ("A &#38; B &|https://e.org/f?lang=de&copy=1&&", "a-b", "https://e.org/f?lang=de&copy=1&&"),
        ("A\x0bB|https://e.org/${TOKEN}?x=${", "ab", "https://e.org/${TOKEN}?x=${"),
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_opml_as_programs_export_it(given: str, title: str, url: str, charset: str):
    text, _, address = given.partition("|")
    outlines = f'<outline type="rss" text="{text}" xmlUrl="{address}"/><outline text="Zürich & Nord" xmlUrl="https://z.org/f"/>'
    data = f'<?xml version="1.0" encoding="utf-8"?><opml version="2.0"><body>{outlines}</body></opml>'.encode(charset)
    found = read_opml(data, (), subject="f")
    entries = "".join(f"- {json.dumps(entry)}\n" for entry in found.sources)
    first, second = watch(f"sources:\n{entries}").sources
    assert (first.id, first.url, second.id) == (title, url, "zurich-nord")


def test_deep_opml_is_read_to_a_depth():
    deep = "<outline text='a'>" * 3000 + '<outline xmlUrl="https://a.org"/>' + "</outline>" * 3000
    assert read_opml(f"<opml><body>{deep}</body></opml>".encode(), (), subject="").sources == ()


def test_a_fingerprint_follows_the_content(tmp_path: Path):
    path = tmp_path / "w.yaml"
    assert fingerprint(path) == ""
    path.write_text("a")
    first = fingerprint(path)
    path.write_text("b")
    assert first
    assert fingerprint(path) not in {first, ""}
    path.write_text("a")
    assert fingerprint(path) == first


def sections() -> list[type[Section]]:
    return [cls for cls in Section.__subclasses__() for cls in (cls, *cls.__subclasses__())]


def test_every_field_is_described_in_the_schema_and_has_an_example():
    schema = json_schema()
    told: dict[str, Any] = {"Watch": schema, **schema["$defs"]}
    assert schema["title"] == "Wirewatch watch file"
    assert schema["additionalProperties"] is False
    for section in sections():
        if section.__name__ == "SourceSelection":  # written as a list or {tags: [...]}: described where it is used
            continue
        for name, field in told[section.__name__]["properties"].items():
            assert field.get("description"), (section, name)
            assert "anyOf" not in field or {"type": "null"} not in field["anyOf"]
    assert "10m" in told["Source"]["properties"]["every"]["examples"]
    assert told["Channel"]["properties"]["group"]["default"] == "30s"


def test_examples_of_the_schema_are_right():
    for section in sections():
        for name, field in section.model_fields.items():
            for example in field.examples or ():
                entry = {"id": "x", "feed": "https://a.org", "url": "x:", "cron": "@daily", "any": ["x"]}
                known = {key: entry[key] for key in entry if key in section.model_fields}
                if name == "every":
                    del known["cron"]
                if name in {"site", "sitemap", "section", "page"}:
                    del known["feed"]
                filled = "terminal:" if example == "${DESK_URL}" else example
                section.model_validate(known | {field.alias or name: filled})


@dataclass
class Newspaper:
    urls: tuple[str, ...] = ("http://127.0.0.1:1/", "http://127.0.0.2:1/", "http://127.0.0.3:1/")
    feed_urls: tuple[str, ...] = ("http://127.0.0.1:1/rss.xml",)
    sitemap_urls: tuple[str, ...] = ("http://127.0.0.1:1/sitemap.xml", "http://127.0.0.2:1/sitemap.xml")


def test_the_starter_has_no_mistake_and_uses_three_kinds():
    text = starter(Newspaper())
    found = watch(text)
    assert [(source.kind, source.url) for source in found.sources] == [
        ("feed", "http://127.0.0.1:1/rss.xml"),
        ("sitemap", "http://127.0.0.2:1/sitemap.xml"),
        ("site", "http://127.0.0.3:1/"),
    ]
    assert all(source.delay == timedelta(milliseconds=100) for source in found.sources)
    assert {channel.url.get_secret_value() for channel in found.channels} == {"terminal:", "file:var/alerts.jsonl"}
    assert len(found.rules) >= 4
    assert len(fields(Newspaper)) == 3


def test_the_starters_commented_examples_are_right_too():
    text = starter(Newspaper()).replace("\n  # - ", "\n  - ").replace("\n  #   ", "\n    ")
    environ = {"DESK_MAIL": "mailtos://a@example.org", "HOOK_SECRET": "whsec_x"}
    assert len(parse_watch(text, environ, subject="").sources) == 6


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  url: slack://T00/B00/abc", "  url: *****://***/***/***"),
        ("  url: ${DESK_URL}", "  url: ${DESK_URL}"),
        ("- {id: a, url: tgram://1:x, limit: 2/1h}", "- {id: a, url: *****://*:*, *****: */**}"),
        ("  feed: https://me:pass@a.org/rss", "  feed: https://*******@a.org/rss"),
        ("  every: 10m", "  every: 10m"),
    ],
)
def test_secrets_are_stars_in_frames(line: str, shown: str):
    assert list(masked(line)) == [shown]


def test_blocks_of_secrets_are_stars_until_they_end():
    text = "headers:\n  X-Key: abc\n\n  Y: d\nid: a\nsecrets:\n- whsec_1\nid: b"
    assert list(masked(text)) == ["headers:", "  *-***: ***", "", "  *: *", "id: a", "secrets:", "- *****_*", "id: b"]


def test_a_frame_points_at_its_column():
    text = "a\n\tkey: välue" + "x" * 200 + "\n"
    assert frame("\tkey: x", Problem(1, 2, "", "")) == ("→key: x", 1)
    assert frame(text, Problem(1, 1, "", "")) == ("a", 0)
    assert frame(text, Problem(2, 7, "", ""), width=10) == ("key: välue", 5)
    line, offset = frame(text, Problem(2, 150, "", ""), width=20) or ("", 0)
    assert (len(line), line[offset]) == (20, "x")
    assert frame(text, Problem(0, 0, "", "")) is None
    assert frame(text, Problem(9, 1, "", "")) is None


@given(st.integers(0, 10**9))
def test_durations_are_written_as_they_are_read(milliseconds: int):
    value = timedelta(milliseconds=milliseconds)
    assert read_duration(show_duration(value)) == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("1h 30m", 5400), ("1.5h", 5400), ("250ms", 0.25), ("2d", 172800), ("1w", 604800)],
)
def test_durations(text: str, seconds: float):
    assert read_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "1m1m", "5 minutes", "1e3s", "1h30", "99999999999s", "٣m"])
def test_what_is_no_duration(text: str):
    with pytest.raises(InvalidValue):
        read_duration(text)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://feeds.bbci.co.uk/news/world/rss.xml", "bbci-world"),
        ("https://www.standardmedia.co.ke", "standardmedia"),
        ("bbc.co.uk", "bbc"),
        ("https://example.org/notices", "example-notices"),
        ("http://127.0.0.1:80/", "127-0-0-1"),
        ("https://日本.jp/", "bbc-world"),
        ("http://[", "bbc-world"),
        ("", "bbc-world"),
    ],
)
def test_ids_are_suggested_from_urls(url: str, name: str):
    assert suggest_id(url) == name


@given(st.text(max_size=90))
def test_suggested_ids_are_ids(text: str):
    assert not slug(text) or ID.fullmatch(slug(text))
    assert read_id(suggest_id(text))


def test_the_documentation_names_every_key_and_its_example_is_right():
    text = (Path(__file__).parents[2] / "docs" / "watch-file.md").read_text(encoding="utf-8")
    for section in sections():
        for name, field in section.model_fields.items():
            assert f"`{field.alias or name}" in text or f"{field.alias or name}:" in text, (section, name)
    example = text.partition("```yaml\n")[2].partition("```")[0]
    assert len(parse_watch(example, {"DESK_URL": "terminal:"}, subject="").rules) == 1
