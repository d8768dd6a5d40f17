"""Every route of the application, with an example address. A new parameter without an example here is "1"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from crawler.web.server.statics import statics

# What stands for a parameter of a path, by its name. "{number}" is filled with the id of an article.
EXAMPLES = {
    "version": "1",
    "search_id": "1",
    "rule_id": "floods",
    "source_id": "coast",
    "run_id": "meridian-1",
    "what": "rule",
    "kind": "source",
    "file": "coast.rss",
    "digest": next(iter(statics().values())).digest,
    "name": next(iter(statics())),
}


def addresses_of(app: FastAPI, method: str, number: int, hostile: str = "script") -> Iterator[tuple[str, str]]:
    """(path with parameters, example address) of all routes with this method.

    `number` stands for ids of articles, `hostile` is the name of the hostile article whose alert stands for alerts.
    """
    ids = {"number": str(number), "article": str(number), "alert_id": f"hostile-{hostile}"}
    for context in iter_route_contexts(app.routes):
        if method in (context.methods or ()):
            known = EXAMPLES | ids
            yield context.path, re.sub(r"{(\w+)(?::\w+)?}", lambda found: known.get(found[1], "1"), context.path)  # noqa: B023
