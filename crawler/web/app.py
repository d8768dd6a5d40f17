"""The application: routers with authentication. A new page is an entry in PAGES and, optionally, in NAVIGATION."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.gzip import GZipMiddleware

from crawler.web import websub
from crawler.web.access.authentication import form_token, signed_in
from crawler.web.access.passwords import SignInAttempts
from crawler.web.access.sessions import Sessions
from crawler.web.api import routes as api
from crawler.web.failures import handle_failures
from crawler.web.feeds import routes as feeds_out
from crawler.web.jobs import Jobs
from crawler.web.pages import (
    alerts,
    articles,
    coverage,
    feeds,
    near_misses,
    news,
    rules,
    rules_editing,
    rules_testing,
    runs,
    search,
    sign_in,
    source_editing,
    source_suggestions,
    sources,
    sources_adding,
    status,
    stories,
)
from crawler.web.server import probes, statics
from crawler.web.server.limits import RequestLimits
from crawler.web.server.security import SecurityMiddleware
from crawler.web.site import Site

# Pages: require a signed-in session if there is a password, and a form token for every change.
PAGES: tuple[APIRouter, ...] = (
    *(news.router, search.router, articles.router, stories.router, alerts.router),
    *(rules_editing.router, rules_testing.router, rules.router, near_misses.router),
    *(
        sources_adding.router,
        source_editing.router,
        source_suggestions.router,
        sources.router,
        coverage.router,
        runs.router,
    ),
    *(status.router, feeds.router),
)
# Routers that authenticate requests themselves, or need no authentication.
SELF_AUTHENTICATED: tuple[APIRouter, ...] = (
    sign_in.router,
    statics.router,
    probes.router,
    api.router,
    feeds_out.router,
    websub.router,
)
MIN_COMPRESSED = 1000  # bytes
COMPRESS_LEVEL = 5  # of 9: takes 1 ms per page
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def create_app(site: Site) -> FastAPI:
    """Return the application for `site`. Host and origin checks, sessions and headers apply to every route."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await site.follower.stop()
        await app.state.readiness.close()
        app.state.jobs.close()
        site.archive_holder.close()

    app = FastAPI(
        title="Wirewatch", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, telemetry=NO_TELEMETRY
    )
    app.state.site = site
    app.state.sessions = Sessions(site.secret, site.password, site.now)
    app.state.jobs = Jobs(time.monotonic)
    app.state.readiness = probes.readiness_of(site)
    app.state.sign_in_attempts = SignInAttempts(time.monotonic)
    for router in PAGES:
        app.include_router(router, dependencies=[Depends(signed_in), Depends(form_token)], include_in_schema=False)
    for router in SELF_AUTHENTICATED:
        app.include_router(router)
    handle_failures(app)
    app.add_middleware(GZipMiddleware, minimum_size=MIN_COMPRESSED, compresslevel=COMPRESS_LEVEL)
    app.add_middleware(RequestLimits)
    app.add_middleware(SecurityMiddleware, addresses=site.addresses, sessions=app.state.sessions)
    app.add_middleware(probes.RequestMetrics)
    return app
