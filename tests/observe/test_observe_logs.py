"""Log lines: what they are about, and what never stands in them."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from datetime import datetime
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scrapy.http import Request, TextResponse

from crawler.errors import FetchError
from crawler.observe.logs import JsonLines, OneLine, Text, about, event, formatter
from crawler.observe.secrets import SHORTEST, Hidden, parts_of

URL = "https://news.example/harbour"


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("crawler.spiders", logging.WARNING, __file__, 1, message, args, None)
    made.__dict__.update(extra)
    return made


def lines(*records: logging.LogRecord) -> list[dict[str, str]]:
    return [json.loads(JsonLines(Hidden()).format(one)) for one in records]


def test_a_line_says_when_what_where_and_about_what():
    with about("bbc", "crawl:bbc:20261123T120000"):
        (line,) = lines(record("%s", FetchError("status 500", subject=URL)))
    assert datetime.fromisoformat(line.pop("time")).utcoffset().total_seconds() == 0
    assert line == {
        "level": "WARNING",
        "logger": "crawler.spiders",
        "message": f"{URL}: status 500",
        "source": "bbc",
        "run": "crawl:bbc:20261123T120000",
        "url": URL,
    }


@pytest.mark.parametrize(
    ("args", "extra"),
    [
        (("%s", FetchError("gone", subject=URL)), {}),
        (("not an article (%s): %s", "empty", URL), {}),
        (("Crawled (%(status)s) %(request)s", {"status": 200, "request": Request(URL)}), {}),
        (("%(response)s", {"response": TextResponse(URL)}), {}),
        (("said so",), {"url": URL}),
    ],
)
def test_the_address_is_found(args, extra):
    assert lines(record(*args, **extra))[0]["url"] == URL


@pytest.mark.parametrize("args", [("nothing",), ("%s of %d", "file:/etc/passwd", 3), ("%s", FetchError("x"))])
def test_no_address_is_made_up(args):
    assert "url" not in lines(record(*args))[0]


def test_scrapys_records_name_their_spiders_source():
    spider = SimpleNamespace(name="news", source=SimpleNamespace(id="standard-ke"), task="r1")
    other = SimpleNamespace(name="own", source=None)
    first, second, third = lines(
        record("a", spider=spider), record("b", spider=other), record("c", source="x", run="y")
    )
    assert (first["source"], first["run"]) == ("standard-ke", "r1")
    assert "source" not in second
    assert (third["source"], third["run"]) == ("x", "y")


async def test_crawls_beside_each_other_are_distinguished():
    written: list[dict[str, str]] = []

    async def crawl(source: str) -> None:
        with about(source, "run"):
            for _ in range(3):
                await asyncio.sleep(0)
                task = asyncio.create_task(asyncio.to_thread(lambda: written.extend(lines(record("%s", source)))))
                await task

    await asyncio.gather(*(crawl(f"s{n}") for n in range(5)))
    assert len(written) == 15
    assert all(line["source"] == line["message"] for line in written)
    assert "source" not in lines(record("after"))[0]


def test_what_happens_is_a_line_like_those_of_the_log():
    line = json.loads(event("crawl", "bbc-world: done, 3 found\n  https://u:pass-word@news.example/"))
    assert (line["level"], line["logger"], line["source"]) == ("INFO", "wirewatch.crawl", "bbc-world")
    assert "pass-word" not in line["message"]
    assert "source" not in json.loads(event("note", "metrics: http://127.0.0.1:9464/metrics"))


def test_a_line_for_people_names_the_crawl():
    with about("bbc", "r1"):
        assert Text(Hidden()).format(record("late")).endswith("WARNING crawler.spiders: [bbc r1] late")
    assert Text(Hidden()).format(record("late")).endswith("crawler.spiders: late")
    assert isinstance(formatter("text"), Text)
    assert isinstance(formatter("json"), JsonLines)


def test_a_failure_is_one_line_with_its_traceback():
    made = record("broken")
    try:
        int("redis://desk:hunter22@cache/0\n")
    except ValueError:
        made.exc_info = sys.exc_info()
    said = JsonLines(Hidden()).format(made)
    assert "\n" not in said
    error = json.loads(said)["error"]
    assert error.startswith("Traceback")
    assert "redis://***@cache/0" in error


SLACK = "slack://T0AAAAAAA/B0BBBBBBB/cCcCcCcCcCcCcCcCcCcCcCcC/general"
HOOK = "https://hooks.example.org/services/T123/abcdefghijklmnop"
MAIL = "mailtos://desk:s3cretword@smtp.example.org:465/?to=a@example.org"
TELEGRAM = "tgram://123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/12315544"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("cannot reach redis://desk:hunter22@cache:6379/0", "hunter22"),
        ("postgresql+psycopg://news:p@ss/w0rd@db/news is down", "p@ss"),
        ("feed https://user:k3yk3y@feeds.example/rss.xml failed", "k3yk3y"),
        ("GET https://feeds.example/rss?token=abc123xyz&page=2", "abc123xyz"),
        ("GET https://feeds.example/rss?page=2&api_key=abc123xyz", "abc123xyz"),
        ("headers: {'Authorization': 'Bearer abc.def.ghi'}", "abc.def.ghi"),
        ('{"password": "swordfish"}', "swordfish"),
        ("redis+sentinel://cache/news?sentinel_password=swordfish is down", "swordfish"),
        ("POST /services/T123/abcdefghijklmnop HTTP/1.1 200", "abcdefghijklmnop"),
        (f"sending to {SLACK}", "cCcCcCcCcCcCcCcCcCcCcCcC"),
        ("slack answered for token T0AAAAAAA", "T0AAAAAAA"),
        ("https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage", "AAHdqTcvCH1vGWJx"),
        ("535 authentication failed for s3cretword", "s3cretword"),
        ("cookie sid=0123456789abcdef was refused", "0123456789abcdef"),
    ],
)
@pytest.mark.parametrize("style", [Text, JsonLines])
def test_secrets_are_masked(line: str, secret: str, style):
    hidden = Hidden()
    hidden.hide([SLACK, HOOK, MAIL, TELEGRAM, "0123456789abcdef"])
    said = style(hidden).format(record("%s", line))
    assert secret not in said
    assert "***" in said


def test_what_is_no_secret_stays():
    hidden = Hidden()
    hidden.hide([SLACK, HOOK, MAIL, "terminal:", "file:///var/alerts.jsonl"])
    plain = (
        "bbc: https://hooks.example.org answered 503; services general smtp.example.org; see https://a.example/b?c=d"
    )
    assert hidden.mask(plain) == plain
    hidden.hide([])
    assert hidden.mask(HOOK) == HOOK


TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789_-", min_size=12, max_size=40).map(
    lambda text: f"{text}9Z"
)


@given(TOKEN, TOKEN, st.sampled_from(["https", "slack", "tgram", "ntfys", "json"]), st.text(max_size=30))
@example("aaaaaaaaaaaa9Z", "bbbbbbbbbbbb9Z", "https", "")
def test_no_part_of_a_channels_address_is_ever_written(user: str, token: str, scheme: str, noise: str):
    url = f"{scheme}://{user}:{token}@host.example/{token}/deep?key={token}"
    hidden = Hidden()
    hidden.hide([url])
    for text in (url, f"{noise}{token}{noise}", f"POST /{token}/deep?key={token}", f"{noise}://{user}:{token}@x"):
        assert token not in hidden.mask(text)


@given(st.text(max_size=300))
def test_any_text_and_any_address_can_be_masked(text: str):
    hidden = Hidden()
    hidden.hide([text, f"https://{text}", f"x://{text}"])
    assert isinstance(hidden.mask(text * 3), str)
    assert len(text) < SHORTEST or "://" in text or text not in hidden.mask(text)
    assert isinstance(parts_of(text), set)


def test_a_long_line_takes_no_time():
    hidden = Hidden()
    hidden.hide([SLACK])
    for piece in ("://", "a@", "token=", "Authorization: bearer ", "'\"=:"):
        assert len(hidden.mask(piece * 5000)) > 0


class AwayError(Exception):
    """Stands for redis-py's errors: they are known by the name of their package."""

    __module__ = "redis.exceptions"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            AwayError("Error 111 connecting to\n cache:6379. 100 % refused."),
            ": Error 111 connecting to cache:6379. 100 % refused.",
        ),
        (AwayError(), ": AwayError"),
    ],
)
def test_an_outage_of_redis_is_one_line(error: Exception, told: str):
    one = record("Redis is unavailable, retrying in %s...", "0:00:05", exc_info=(type(error), error, None))
    assert OneLine().filter(one)
    assert Text(Hidden()).format(one).endswith(f"crawler.spiders: Redis is unavailable, retrying in 0:00:05...{told}")


def test_another_error_keeps_its_traceback():
    error = ValueError("a bug")
    one = record("Error sending worker heartbeat", exc_info=(ValueError, error, None))
    assert OneLine().filter(one)
    assert "ValueError: a bug" in Text(Hidden()).format(one)
