"""All routes of the API under /api/v1, each with its required scope."""

from __future__ import annotations

from fastapi import APIRouter

from crawler.web.api import alerts, articles, document, export, near_misses, rules, runs, sources, stories, tokens

router = APIRouter(prefix="/api/v1")
for one in (
    articles.router,
    stories.router,
    alerts.router,
    rules.router,
    near_misses.router,
    sources.router,
    runs.router,
    export.router,
    tokens.router,
    document.router,
):
    router.include_router(one)
