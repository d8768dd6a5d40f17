"""Operators' templates: what they see, and that none can hurt the service."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from notify_samples import make_alert
from pace import within

from crawler.errors import NotifyError
from crawler.notify import Templates, check_template
from crawler.notify.rendering import MAX_CHARS, answer


@pytest_asyncio.fixture(loop_scope="function")
async def templates() -> AsyncIterator[Templates]:
    found = Templates(timeout_s=1.5)
    yield found
    await found.close()


async def test_a_template_is_rendered_for_each_alert(templates: Templates):
    alerts = [make_alert(), make_alert(id="2", title="Other <b>")]
    text = await templates.render("desk", "{{ rule }}: {{ title }}\n{{ excerpts | join(' / ') }}", alerts)
    assert text.startswith("us-in-iraq: Rockets land near the embassy\n«Rockets»")
    assert "\n\nus-in-iraq: Other <b>\n" in text


async def test_a_template_cannot_be_turned_by_an_article(templates: Templates):
    text = await templates.render("desk", "{{ title }}!\n{{ excerpts[0] }}", [make_alert(title="a\u202eb\x1b[2J")])
    assert text.startswith("a b [2J!\n«Rockets»")


HOSTILE = [
    ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "did not finish within"),
    ("{% for a in range(99999) %}{{ 'x' * 20000 }}{% endfor %}", "output exceeds"),
    ("{{ 'x' * 1000000000 }}", "memory"),
    ("{{ 9 ** (9 ** 9) }}", "did not finish within"),
    ("{{ missing }}", "'missing' is undefined"),
    ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
    ("{{ excerpts.append(1) }}", "not safely callable|unsafe"),
    ("{{ 1 / 0 }}", "ZeroDivisionError"),
    ("{% include 'x' %}", "no loader"),
    ("{{ rule", "line 1"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("template", "said"), HOSTILE)
async def test_a_hostile_template_is_reported_and_the_next_one_works(templates: Templates, template: str, said: str):
    with within(8, time.monotonic), pytest.raises(NotifyError, match=said) as caught:
        await templates.render("desk", template, [make_alert()])
    assert not caught.value.retryable
    assert await templates.render("desk", "{{ id }}", [make_alert()]) == "alert-1"


def test_a_template_is_checked_without_running_it():
    check_template("desk", "{{ 9 ** (9 ** 9) }}")
    with pytest.raises(NotifyError, match="line 2"):
        check_template("desk", "x\n{% for %}")


def test_what_is_printed_is_bounded():
    assert "output exceeds" in answer({"template": "x" * (MAX_CHARS + 1), "alerts": [{}]})["error"]
    assert answer({"template": "x", "alerts": [{}, {}]}) == {"text": "x\n\nx"}
