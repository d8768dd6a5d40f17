from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.refresh import refresh_target

HERE = "https://alerts.example/r/abc"
THERE = "https://news.example/ferry-late"
TEXT = "<p>" + "The harbour master counted the barges again and wrote the figure on the wall. " * 12 + "</p>"


def page(content: str, *, body: str = "", head: str = "") -> bytes:
    return (
        f"<!doctype html><html><head>{head}<meta http-equiv=refresh content='{content}'></head>{body}</html>".encode()
    )


@pytest.mark.parametrize(
    "content",
    [
        f"0;url={THERE}",
        f"0; URL={THERE}",
        f"0 ;uRl = {THERE}",
        f'0;url="{THERE}"',
        f'0;URL="{THERE}',
        f"0;url=&#39;{THERE}&#39;",
        f"0;url=&apos;{THERE}&apos; and more",
        f"0,url={THERE}",
        f"0 url={THERE}",
        f"0;{THERE}",
        f"0; {THERE} ",
        f"0.5;url={THERE}",
        f".1;url={THERE}",
        f"\n 1 ;\n url={THERE}\n",
        "0;url=//news.example/ferry-late",
        f"5;url={THERE}",
        f"10;url={THERE}",
    ],
)
def test_where_a_refresh_leads(content: str):
    assert refresh_target(page(content), HERE) == THERE
    inside = f"<script>location='x'</script><noscript><META HTTP-EQUIV=Refresh CONTENT='{content}'></noscript>"
    assert refresh_target(inside.encode(), HERE) == THERE
    assert refresh_target(page(content).decode().encode("utf-16"), HERE) == THERE


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0;url=/news/1", "https://alerts.example/news/1"),
        ("0;url=next", "https://alerts.example/r/next"),
        ("0;url=?page=2", "https://alerts.example/r/abc?page=2"),
        ("0;/news/1", "https://alerts.example/news/1"),
    ],
)
def test_relative_addresses(content: str, target: str):
    assert refresh_target(page(content), HERE) == target
    base = '<base href="https://news.example/a/">'
    assert refresh_target(page("0;url=b", head=base), HERE) == "https://news.example/a/b"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "0",
        "300",
        "0;",
        "0;url=",
        "0;url=''",
        f"url={THERE}",
        f"soon;url={THERE}",
        f"-1;url={THERE}",
        f"11;url={THERE}",
        f"999999999999;url={THERE}",
        f"0;url={HERE}",
        f"0;url={HERE}#top",
        "0;url=#top",
        "0;url=javascript:alert(1)",
        "0;url=data:text/html,x",
        "0;url=ftp://news.example/x",
        "0;url=file:///etc/passwd",
        "0;url=http://[",
        "0;url=https://news.example/" + "a" * 3000,
    ],
)
def test_what_leads_nowhere(content: str):
    assert refresh_target(page(content), HERE) == ""


def test_a_page_with_a_text_of_its_own_is_left_only_at_once():
    assert refresh_target(page(f"0;url={THERE}", body=TEXT), HERE) == THERE
    assert refresh_target(page(f"5;url={THERE}", body=TEXT), HERE) == "", "the next picture of a slide show"
    inside = f"<html><body><noscript><meta http-equiv=refresh content='0;url={THERE}'></noscript>{TEXT}</body></html>"
    assert refresh_target(inside.encode(), HERE) == "", "a page for readers without JavaScript"
    long = page(f"5;url={THERE}", body="<div>" + "<br>" * 30_000 + TEXT)
    assert refresh_target(long, HERE) == ""


@pytest.mark.parametrize(
    "target", ["/enable-javascript", "/nojs.html", "?noscript=1", "/no_js", "/unsupported-browser"]
)
def test_a_page_that_asks_for_javascript_is_not_followed(target: str):
    inside = f"<html><div id=root></div><noscript><meta http-equiv=refresh content='0;url={target}'></noscript></html>"
    assert refresh_target(inside.encode(), HERE) == ""
    other = inside.replace(target, "https://news.example/javascript-turns-thirty")
    assert refresh_target(other.encode(), HERE) == "https://news.example/javascript-turns-thirty"


def test_what_is_no_refresh_of_the_page():
    tag = f"<meta http-equiv=refresh content='0;url={THERE}'>"
    for html in (f"<!-- {tag} -->", f"<template>{tag}</template>", f"<p>{tag.replace('<', '&lt;')}</p>", "", "refresh"):
        assert refresh_target(f"<html><body>{html}</body></html>".encode(), HERE) == "", html
    first = f"<meta http-equiv=refresh content='300'>{tag}"
    assert refresh_target(first.encode(), HERE) == THERE
    named = f"<meta name=refresh content='0;url={THERE}'><meta http-equiv=content-type content='refresh'>"
    assert refresh_target(named.encode(), HERE) == ""


@given(st.text(max_size=80), st.binary(max_size=80))
def test_nothing_breaks_it(content: str, rest: bytes):
    html = b"<meta http-equiv=refresh content='" + content.encode("utf-8", "replace") + b"'>" + rest
    assert refresh_target(html, HERE).startswith(("", "http"))


@pytest.mark.parametrize(
    "script",
    [
        f'window.location.href = "{THERE}";',
        f"location.replace('{THERE}')",
        f'window.location="{THERE}"',
        f'document.location.assign( "{THERE}" );',
        f"setTimeout(function(){{ top.location = '{THERE}' }}, 500)",
        'location.href="https:\\/\\/news.example\\/ferry-late";',
        f'location.replace("{THERE}"); location.href = "{THERE}";',
    ],
)
def test_a_script_that_only_redirects_is_followed(script: str):
    html = f"<html><head><script>{script}</script></head><body>You are being redirected.</body></html>"
    assert refresh_target(html.encode(), HERE) == THERE


@pytest.mark.parametrize(
    "html",
    [
        '<script>if (old) location.href = "/unsupported-js"</script>',
        f'<script>location.href = "{THERE}"; location.href = "https://b.example/x";</script>',
        f'<script>location.href = "{THERE}"</script>{TEXT}',
        f'<script src="/app.js"></script><script>location.href = "{THERE}"</script>',
        "<script>var location = 'Berlin';</script>",
        "<script>location.href = next + '/x';</script>",
        f"<script>location.href = '{HERE}#top';</script>",
        f"<p>location.href = '{THERE}'</p>",
        f"<script>location.href = '{THERE}'</script>" + "<!-- -->" * 2_000,
    ],
)
def test_a_script_that_does_more_or_something_else_is_not(html: str):
    assert not refresh_target(f"<html><body>{html}</body></html>".encode(), HERE)
