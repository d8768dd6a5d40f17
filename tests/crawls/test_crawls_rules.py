"""A new watch file in a running service: only what changed is compiled, and it works at once."""

from __future__ import annotations

import pytest

from crawler.config import parse_watch
from crawler.health.canary import CANARY
from crawler.items import Article
from crawler.runtime import MOST_CHANGES

pytestmark = pytest.mark.asyncio(loop_scope="session")
ARTICLE = Article(
    "https://a.example/1", "The ferry is late", "The ferry from the island is late again, says the pilot."
)


def use(room, rules: str, lists: str = "") -> None:
    room.runtime.use(parse_watch(f"sources: []\nrules:\n{rules}\n{lists}", {}, subject="watch.yaml"))


def compiled(room) -> dict[str, object]:
    return {rule.id: rule for rule in room.runtime.matcher.rules}


def found(room) -> set[str]:
    return {hit.rule for hit in room.runtime.matcher.match(ARTICLE)}


async def test_only_what_changed_is_compiled(room):
    use(room, "  - {id: a, any: [ferry]}\n  - {id: b, any: [island]}\n  - {id: c, any: [pilot]}")
    before = compiled(room)
    assert found(room) == {"a", "b", "c"}
    use(room, "  - {id: a, any: [ferry]}\n  - {id: b, any: [tram]}\n  - {id: d, any: [late]}")
    assert found(room) == {"a", "d"}
    assert compiled(room)["a"] is before["a"]
    use(room, "  - {id: a, any: [ferry], paused: true}\n  - {id: b, any: [island], send: []}")
    assert found(room) == {"b"}
    use(room, "  - {id: a, any: [ferry]}")
    assert found(room) == {"a"}


async def test_a_list_changes_the_rules_that_use_it(room):
    rules = "  - {id: a, query: '@ships'}"
    use(room, rules, "lists: {ships: [tram]}")
    assert found(room) == set()
    use(room, rules, "lists: {ships: [ferry]}")
    assert found(room) == {"a"}


async def test_many_changes_make_one_index_again(room):
    use(room, "  - {id: a, any: [ferry]}")
    use(room, "\n".join(f"  - {{id: r{n}, any: [word{n}]}}" for n in range(MOST_CHANGES + 1)))
    assert room.runtime.matcher.changes == 0
    assert len([rule for rule in room.runtime.matcher.rules if rule.spec.id != CANARY]) == MOST_CHANGES + 1
    use(room, "  - {id: a, any: [ferry]}")
    assert found(room) == {"a"}
